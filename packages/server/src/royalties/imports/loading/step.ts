import type { BadRow } from '../reading/row.ts'

/** What came of some rows. */
export interface Applied {
  accepted: number
  flagged: number
  /** Rows that were not taken. */
  bad: readonly BadRow[]
}
