import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Misuse, type Output } from '../command.ts'
import type { Contract } from '../contract.ts'
import type { ChangeKind } from './change.ts'
import { diffContracts } from './contracts.ts'
import { changesText } from './report.ts'

const failing: Readonly<Record<string, readonly ChangeKind[]>> = {
  wire: ['wire-breaking'],
  source: ['wire-breaking', 'source-breaking'],
  none: [],
}

/** `diff OLD NEW`: prints what changed between two contracts, and fails on breaking changes. */
export function runDiff(args: readonly string[], output: Output): 0 | 1 {
  const options = { 'fail-on': { type: 'string', default: 'wire' } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const kinds = Object.hasOwn(failing, values['fail-on']) ? failing[values['fail-on']] : undefined
  if (kinds === undefined) throw new Misuse('--fail-on takes wire, source or none')
  const [old, young, ...others] = positionals
  if (old === undefined || young === undefined || others.length > 0)
    throw new Misuse('diff takes two contracts: OLD NEW')
  const [before, after] = [readContract(old), readContract(young)]
  const changes = diffContracts(before, after)
  output.log(changesText(changes, before, after))
  return changes.some(({ kind }) => kinds.includes(kind)) ? 1 : 0
}

function readContract(file: string): Contract {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Misuse(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isContract(value)) throw new Misuse(`${file} is not a contract`)
  return value
}

function isContract(value: unknown): value is Contract {
  if (value === null || typeof value !== 'object') return false
  const parts = ['errors', 'procedures', 'shapes'].map((key): unknown => Reflect.get(value, key))
  return (
    'version' in value &&
    typeof value.version === 'string' &&
    parts.every((part) => part !== null && typeof part === 'object')
  )
}
