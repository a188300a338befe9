import type { Contract, ContractProcedure } from '../contract.ts'
import type { JsonSchema } from '../shape/jsonSchema.ts'
import { type At, type Change, report } from './change.ts'
import { diffDeprecation, text } from './docs.ts'
import { diffErrors, diffOwnErrors } from './errors.ts'
import { SchemaComparison } from './schemas.ts'

/** All differences between two contracts, in the order of the contracts. */
export function diffContracts(before: Contract, after: Contract): Change[] {
  const changes = new Map<string, Change>()
  const add = (change: Change) => void changes.set(JSON.stringify(change), change)
  diffErrors(before, after, add)
  const schemas = new SchemaComparison(before.shapes, after.shapes, add)
  const paths = [...new Set([...Object.keys(before.procedures), ...Object.keys(after.procedures)])].sort()
  for (const path of paths) {
    const [old, young] = [before.procedures[path], after.procedures[path]]
    const at: At = { path, place: '', io: 'input', open: false, report: add }
    if (young === undefined) report(at, 'wire-breaking', 'procedure removed')
    else if (old === undefined) report(at, 'additive', 'procedure added')
    else {
      diffProcedure(old, young, at, schemas)
      diffOwnErrors(before, after, at)
    }
  }
  schemas.finish()
  return [...changes.values()]
}

function diffProcedure(before: ContractProcedure, after: ContractProcedure, at: At, schemas: SchemaComparison): void {
  if (before.type !== after.type) report(at, 'wire-breaking', `${before.type} became ${after.type}`)
  diffAuth(before.auth, after.auth, at)
  diffScope(before.scope, after.scope, at)
  if (before.finite && !after.finite) report(at, 'wire-breaking', 'no longer ends by itself, nor is it a list')
  else if (!before.finite && after.finite) report(at, 'additive', 'now ends by itself, and is a list too')
  if (before.idempotent && !after.idempotent) {
    report(at, 'wire-breaking', 'no longer safe to repeat, while running clients repeat it by themselves')
  } else if (!before.idempotent && after.idempotent) report(at, 'additive', 'now safe to repeat')
  diffDeprecation(text(before.deprecated), text(after.deprecated), at)
  for (const key of ['summary', 'description'] as const) {
    if ((before[key] ?? '') !== (after[key] ?? '')) report(at, 'docs', `${key} changed`)
  }
  diffInput(before.input, after.input, { ...at, place: 'input' }, schemas)
  // Streams are read kind by kind, so that an event of a new kind is passed over.
  const open = after.type === 'subscription'
  schemas.compare(before.output, after.output, { ...at, place: 'output', io: 'output', open })
}

function diffAuth(before: string | null, after: string | null, at: At): void {
  if (before === after) return
  if (before === null || after === null) {
    report(at, 'docs', after === null ? 'who may call it is no longer stated' : `who may call it is stated: ${after}`)
  } else if (after === 'anyone') report(at, 'additive', `anyone may call it; before: ${before}`)
  else {
    const [old, young] = [strictness.indexOf(before), strictness.indexOf(after)]
    // Other groups are names without order, so that another one may shut somebody out.
    const isLooser = young >= 0 && young < old
    report(at, isLooser ? 'additive' : 'wire-breaking', `who may call it: ${before} became ${after}`)
  }
}

/** Each lets in fewer than the one before. */
const strictness: readonly string[] = ['anyone', 'caller', 'user', 'person']

/** A key without the scope is refused. */
function diffScope(before: string | undefined, after: string | undefined, at: At): void {
  if (before === after) return
  if (after === undefined) report(at, 'additive', `API keys no longer need the scope ${before}`)
  else report(at, 'wire-breaking', `API keys need the scope ${after}${before === undefined ? '' : `, not ${before}`}`)
}

function diffInput(before: JsonSchema | null, after: JsonSchema | null, at: At, schemas: SchemaComparison): void {
  if (before !== null && after !== null) schemas.compare(before, after, at)
  else if (before !== null) report(at, 'wire-breaking', 'input removed: what running clients send is passed over')
  else if (after !== null) {
    const optional = schemas.mayBeEmpty(after)
    report(at, optional ? 'additive' : 'wire-breaking', `${optional ? 'optional' : 'required'} input added`)
  }
}
