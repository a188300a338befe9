import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageHeader } from './markdown.ts'

/** Writes reference pages, and removes generated ones that are no longer among them. */
export function writeReference(directory: string, pages: ReadonlyMap<string, string>): void {
  mkdirSync(directory, { recursive: true })
  for (const name of leftOver(directory, pages)) rmSync(join(directory, name))
  for (const [name, text] of pages) if (read(join(directory, name)) !== text) writeFileSync(join(directory, name), text)
}

/** The names of pages that differ from what would be written: changed, missing or left over. Empty means in step. */
export function checkReference(directory: string, pages: ReadonlyMap<string, string>): string[] {
  const changed = [...pages].filter(([name, text]) => read(join(directory, name)) !== text).map(([name]) => name)
  return [...changed, ...leftOver(directory, pages)].sort()
}

function leftOver(directory: string, pages: ReadonlyMap<string, string>): string[] {
  const names = list(directory).filter((name) => name.endsWith('.md') && !pages.has(name))
  return names.filter((name) => read(join(directory, name))?.startsWith(pageHeader))
}

function list(directory: string): string[] {
  return unlessMissing(() => readdirSync(directory)) ?? []
}

function read(file: string): string | undefined {
  return unlessMissing(() => readFileSync(file, 'utf8'))
}

function unlessMissing<Value>(get: () => Value): Value | undefined {
  try {
    return get()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
