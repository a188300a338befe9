import { normalise } from '../../users/names.ts'

/** What a label's name is there once by: its case and its blanks do not matter. */
export const labelNameKey = (name: string): string => normalise(name).replace(/\s+/g, ' ').trim()
