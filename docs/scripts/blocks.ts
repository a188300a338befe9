/** Fills the code blocks of the pages from docs/examples: `<!-- examples/file.ts#region -->` before a block names its source. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const docs = fileURLToPath(new URL('..', import.meta.url))
const block = /<!-- (examples\/[\w/.-]+)(?:#(\w+))? -->\n```(\w+)\n[\s\S]*?```/g

/** All pages with code: the READMEs and the Markdown files of the docs, but for the generated reference. */
export function pages(): string[] {
  const inDocs = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
  const readmes = ['README.md', 'packages/client/README.md', 'packages/server/README.md']
  return [
    ...readmes.map((path) => join(docs, '..', path)),
    ...inDocs.filter((path) => !/node_modules|^reference\b/.test(path)).map((path) => join(docs, path)),
  ]
}

/** The text of an example, or of a region in it. */
export function exampleText(file: string, region: string | undefined): string {
  const text = readFileSync(join(docs, file), 'utf8')
  if (region === undefined) return text.trim()
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trim().endsWith(`#region ${region}`))
  const end = lines.findIndex((line) => line.trim().endsWith(`#endregion ${region}`))
  if (start < 0 || end < start) throw new Error(`${file} has no region "${region}".`)
  return lines
    .slice(start + 1, end)
    .join('\n')
    .trim()
}

/** A page with its blocks filled from the examples. */
export function filled(page: string): string {
  return readFileSync(page, 'utf8').replace(
    block,
    (_whole, file: string, region: string | undefined, language: string) => {
      const source = region === undefined ? file : `${file}#${region}`
      return `<!-- ${source} -->\n\`\`\`${language}\n${exampleText(file, region)}\n\`\`\``
    },
  )
}

/** How many blocks of code a page has, and how many of them come from examples. */
export function countBlocks(page: string): { all: number; fromExamples: number } {
  const text = readFileSync(page, 'utf8')
  const all = text.match(/^```(ts|tsx|sh|bash)$/gm)?.length ?? 0
  return { all, fromExamples: text.match(block)?.length ?? 0 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of pages()) writeFileSync(page, filled(page))
}
