import type { Contract } from '../contract.ts'
import { type Bump, type Change, type ChangeKind, changeKinds, suggestBump } from './change.ts'

const titles: Readonly<Record<ChangeKind, string>> = {
  'wire-breaking': 'Wire-breaking: running clients fail or are misled',
  'source-breaking': 'Source-breaking: code may no longer compile against the new SDK',
  additive: 'Additive',
  docs: 'Docs only',
}

/** Changes as a list to read, by kind, with the version that they ask for. */
export function changesText(changes: readonly Change[], before: Contract, after: Contract): string {
  const bump = suggestBump(changes, before.version)
  if (bump === undefined) return 'The contracts are the same.'
  const groups = changeKinds.flatMap((kind) => {
    const lines = changes.filter((change) => change.kind === kind).map(lineOf)
    return lines.length === 0 ? [] : [`${titles[kind]} (${lines.length})\n${lines.join('\n')}\n`]
  })
  const next = nextVersion(before.version, bump)
  const now = after.version === before.version ? '' : `; the new contract says ${after.version}`
  const advice = next === undefined ? bump : `${bump}, ${before.version} to ${next}${now}`
  return `${groups.join('\n')}\nSuggested bump: ${advice}`
}

function lineOf({ path, place, message }: Change): string {
  return `  ${path}${place === '' ? '' : ` ${place}`}: ${message}`
}

function nextVersion(version: string, bump: Bump): string | undefined {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined) return undefined
  if (bump === 'major') return `${Number(major) + 1}.0.0`
  return bump === 'minor' ? `${major}.${Number(minor) + 1}.0` : `${major}.${minor}.${Number(patch) + 1}`
}
