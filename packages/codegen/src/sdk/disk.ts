import { checkGenerated, writeGenerated } from '../disk.ts'
import { header } from './options.ts'

const marks = { header, extension: '.ts' }

/** Writes the files of an SDK, and removes those that an earlier version generated and this one does not. */
export function writeSdk(directory: string, files: ReadonlyMap<string, string>): void {
  writeGenerated(directory, files, marks)
}

/** The names of files that differ from what would be written: changed, missing or left over. Empty means in step. */
export function checkSdk(directory: string, files: ReadonlyMap<string, string>): string[] {
  return checkGenerated(directory, files, marks)
}
