import { checkGenerated, writeGenerated } from '../disk.ts'
import { pageHeader } from './markdown.ts'

const marks = { header: pageHeader, extension: '.md' }

/** Writes reference pages, and removes generated ones that are no longer among them. */
export function writeReference(directory: string, pages: ReadonlyMap<string, string>): void {
  writeGenerated(directory, pages, marks)
}

/** The names of pages that differ from what would be written: changed, missing or left over. Empty means in step. */
export function checkReference(directory: string, pages: ReadonlyMap<string, string>): string[] {
  return checkGenerated(directory, pages, marks)
}
