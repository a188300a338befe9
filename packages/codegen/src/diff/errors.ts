import type { Contract, ErrorCodes } from '../contract.ts'
import { type At, type Change, type ChangeKind, report } from './change.ts'

/** The codes that can come from any call: marked `common`, or declared by no procedure. */
function commonErrors(contract: Contract): Set<string> {
  const declared = new Set(Object.values(contract.procedures).flatMap(({ errors }) => errors))
  return new Set(
    Object.entries(contract.errors)
      .filter(([code, { common }]) => common === true || !declared.has(code))
      .map(([code]) => code),
  )
}

/** Codes that one procedure gives by itself: new ones, and those that it gives no longer. */
export function diffOwnErrors(before: Contract, after: Contract, at: At): void {
  const [old, young] = [before, after].map((contract) => contract.procedures[at.path]?.errors ?? [])
  const [oldCommon, youngCommon] = [commonErrors(before), commonErrors(after)]
  for (const code of young ?? []) {
    if (old?.includes(code) || oldCommon.has(code)) continue
    report(at, 'source-breaking', `error ${code} added: a switch over its errors lacks it`)
  }
  for (const code of old ?? []) {
    if (young?.includes(code) || youngCommon.has(code)) continue
    report(at, 'source-breaking', `error ${code} removed: comparing with it no longer compiles`)
  }
}

/** Differences between the lists of error codes. */
export function diffErrors(before: Contract, after: Contract, add: (change: Change) => void): void {
  const tell = (code: string, kind: ChangeKind, message: string) =>
    add({ path: `#/errors/${code}`, place: '', kind, message })
  const [old, young] = [commonErrors(before), commonErrors(after)]
  for (const code of young) if (!old.has(code)) tell(code, 'source-breaking', 'can now come from any call')
  for (const code of old) if (!young.has(code)) tell(code, 'source-breaking', 'no longer comes from any call')
  for (const [code, entry] of Object.entries(before.errors)) {
    const other = lookUp(after.errors, code)
    if (other === undefined) continue
    if (entry.status !== other.status) tell(code, 'wire-breaking', `status ${entry.status} became ${other.status}`)
    if (entry.description !== other.description) tell(code, 'docs', 'description changed')
  }
}

function lookUp(codes: ErrorCodes, code: string) {
  return Object.hasOwn(codes, code) ? codes[code] : undefined
}
