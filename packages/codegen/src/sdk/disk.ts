import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { header } from './options.ts'

/** Writes the files of an SDK, and removes those that an earlier version generated and this one does not. */
export function writeSdk(directory: string, files: ReadonlyMap<string, string>): void {
  for (const name of leftOver(directory, files)) rmSync(join(directory, name))
  for (const [name, text] of files) {
    const file = join(directory, name)
    if (read(file) === text) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** The names of files that differ from what would be written: changed, missing or left over. Empty means in step. */
export function checkSdk(directory: string, files: ReadonlyMap<string, string>): string[] {
  const changed = [...files].filter(([name, text]) => read(join(directory, name)) !== text).map(([name]) => name)
  return [...changed, ...leftOver(directory, files)].sort()
}

function leftOver(directory: string, files: ReadonlyMap<string, string>): string[] {
  const names = list(directory).filter((name) => !files.has(name))
  return names.filter((name) => read(join(directory, name))?.startsWith(header))
}

function list(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    return entries.filter((name) => name.endsWith('.ts')).map((name) => name.split(sep).join('/'))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
