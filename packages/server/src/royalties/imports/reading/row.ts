import type { RowCode } from '../schema.ts'

/** A row as it was cut out of a file. */
export interface Row {
  /** Of the file, from 1; where it is JSON, the number of the entry. */
  line: number
  raw: string
  fields: readonly string[]
}

export interface BadRow {
  line: number
  raw: string
  code: RowCode
}

/** Where a reader is in a file: all before it was read. */
export interface Place {
  bytes: number
  lines: number
}

/** Some rows, and the place after them. */
export interface Batch {
  rows: Row[]
  bad: BadRow[]
  place: Place
}

/** Rows that were cut out of bytes: how many of these were used up, and how many lines. */
export interface Cut {
  rows: Row[]
  bad: BadRow[]
  consumed: number
  lines: number
  /** The line goes on after these bytes, and is not looked at. */
  skips?: boolean
}

/** Cuts rows out of bytes that begin with a row. `last`: nothing comes after them. */
export type Cutter = (bytes: Buffer, before: { lines: number; last: boolean }) => Cut

/** Of a line or an entry, in characters. */
export const longestLine = 16_384
/** As much is kept of a line that is too long. */
export const keptOfLong = 1_000
