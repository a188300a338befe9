import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** How to tell generated files from others in their folder. */
export interface Marks {
  /** The first line of each. */
  readonly header: string
  readonly extension: string
}

/** Writes generated files, and removes those that were generated earlier and are no longer among them. */
export function writeGenerated(directory: string, files: ReadonlyMap<string, string>, marks: Marks): void {
  for (const name of leftOver(directory, files, marks)) rmSync(join(directory, name))
  for (const [name, text] of files) {
    const file = join(directory, name)
    if (read(file) === text) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** The names of files that differ from what would be written: changed, missing or left over. Empty means in step. */
export function checkGenerated(directory: string, files: ReadonlyMap<string, string>, marks: Marks): string[] {
  const changed = [...files].filter(([name, text]) => read(join(directory, name)) !== text).map(([name]) => name)
  return [...changed, ...leftOver(directory, files, marks)].sort()
}

function leftOver(directory: string, files: ReadonlyMap<string, string>, { header, extension }: Marks): string[] {
  const names = list(directory).filter((name) => name.endsWith(extension) && !files.has(name))
  return names.filter((name) => read(join(directory, name))?.startsWith(header))
}

function list(directory: string): string[] {
  const entries = unlessMissing(() => readdirSync(directory, { recursive: true, encoding: 'utf8' })) ?? []
  return entries.map((name) => name.split(sep).join('/'))
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
