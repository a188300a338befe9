import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { erasure } from '../src/users/erasure/erase.ts'

const guide = fileURLToPath(new URL('../../../docs/guide/', import.meta.url))

/** The tables of a Markdown text, each as its rows of cells, without emphasis and the line below the head. */
function tablesOf(markdown: string): string[][][] {
  const blocks = markdown.split(/\n(?!\s*\|)/).map((block) => block.split('\n').filter((line) => /^\s*\|/.test(line)))
  return blocks
    .filter((lines) => lines.length > 2)
    .map((lines) =>
      lines
        .filter((line) => !/^[\s|:-]+$/.test(line))
        .map((line) =>
          line
            .trim()
            .replace(/^\||\|$/g, '')
            .split(/(?<!\\)\|/)
            .map(plain),
        ),
    )
}

function plain(cell: string): string {
  return cell
    .replace(/\\(?=[|_*`])|[*`]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

test('the guide tells what becomes of the things of a removed person, as the code has it', () => {
  const tables = readdirSync(guide)
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => tablesOf(readFileSync(join(guide, file), 'utf8')))
    .filter(([head]) => head?.join().toLowerCase() === 'what,becomes')
  expect(tables).toHaveLength(1)
  expect(tables[0]?.slice(1)).toEqual(erasure.map(({ what, becomes }) => [plain(what), plain(becomes)]))
})
