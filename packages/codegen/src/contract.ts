import { isDownload } from './plain.ts'
import type { ProcedureDescription, RouterDescription } from './router.ts'
import { type JsonSchema, toJsonSchema } from './shape/jsonSchema.ts'
import { type ObjectShape, resolve, type Shape, type Shapes } from './shape/shape.ts'

/** An error code as the server declares it. */
export interface ErrorCodeDescription {
  readonly status: number
  readonly description: string
  /** Can come from any procedure, so that procedures do not declare it. */
  readonly common?: boolean | undefined
  /** Comes from the caller's token, so never from procedures for anyone. */
  readonly auth?: boolean | undefined
}

export type ErrorCodes = Readonly<Record<string, ErrorCodeDescription>>

/** One procedure in the contract. Types are JSON Schema; named shapes are referred to as `#/shapes/Name`. */
export interface ContractProcedure {
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly summary: string
  readonly description?: string
  /** Who may call it, as the router states it; null where it states nothing. */
  readonly auth: string | null
  /** The scope that API keys need. */
  readonly scope?: string
  readonly errors: readonly string[]
  /** Whether it can be sent again without a second effect. */
  readonly idempotent: boolean
  readonly deprecated?: string
  /** A subscription that ends by itself. */
  readonly finite?: true
  /** Null where there is no input. */
  readonly input: JsonSchema | null
  readonly output: JsonSchema
}

/** All that a client may rely on, as data: `contract.json`. */
export interface Contract {
  readonly version: string
  readonly errors: ErrorCodes
  readonly procedures: Readonly<Record<string, ContractProcedure>>
  readonly shapes: Readonly<Record<string, JsonSchema>>
}

export interface ContractOptions {
  readonly version: string
  readonly errorCodes?: ErrorCodes | undefined
}

/** The contract of a router. Keys are sorted, and the same router gives the same contract, byte for byte. */
export function buildContract(router: RouterDescription, options: ContractOptions): Contract {
  const { version, errorCodes = {} } = options
  const procedures = [...router.procedures].map(
    ([path, procedure]) => [path, contractProcedure(procedure, router.shapes)] as const,
  )
  return {
    version,
    errors: Object.fromEntries(Object.entries(errorCodes).sort(([a], [b]) => (a < b ? -1 : 1))),
    procedures: Object.fromEntries(procedures),
    shapes: Object.fromEntries([...router.shapes].map(([name, shape]) => [name, toJsonSchema(shape)])),
  }
}

/** The text of contract.json. */
export function contractText(contract: Contract): string {
  return `${JSON.stringify(contract, undefined, 2)}\n`
}

function contractProcedure(procedure: ProcedureDescription, shapes: Shapes): ContractProcedure {
  const { type, meta, input, output } = procedure
  return {
    type,
    summary: meta.summary ?? '',
    ...(meta.description === undefined ? {} : { description: meta.description }),
    auth: meta.auth ?? null,
    ...(meta.scope === undefined ? {} : { scope: meta.scope }),
    errors: [...(meta.errors ?? [])].sort(),
    idempotent: isIdempotent(procedure, shapes),
    ...(meta.deprecated === undefined ? {} : { deprecated: meta.deprecated }),
    ...(isDownload(procedure) ? { finite: true } : {}),
    input: input === undefined ? null : toJsonSchema(input),
    output: output === undefined ? {} : toJsonSchema(output),
  }
}

/** Whether a call can be sent again: queries, mutations that say so, and those that take a key per call. */
export function isIdempotent(procedure: ProcedureDescription, shapes: Shapes): boolean {
  if (procedure.type !== 'mutation') return procedure.type === 'query'
  return procedure.meta.idempotent === true || keyField(procedure, shapes) !== undefined
}

/** The input field by which a mutation knows a call that it has already carried out. */
export function keyField(procedure: ProcedureDescription, shapes: Shapes): 'clientId' | 'idempotencyKey' | undefined {
  if (procedure.type !== 'mutation' || procedure.input === undefined) return undefined
  const names = commonFields(procedure.input, shapes)
  return names.has('clientId') ? 'clientId' : names.has('idempotencyKey') ? 'idempotencyKey' : undefined
}

/** The names of the fields that an input has in each of its forms. */
function commonFields(input: Shape, shapes: Shapes): ReadonlySet<string> {
  const shape = resolve(input, shapes)
  if (shape?.kind === 'object') return new Set(shape.fields.map((field) => field.name))
  if (shape?.kind !== 'union' && shape?.kind !== 'discriminatedUnion') return new Set()
  const [first = new Set<string>(), ...others] = shape.members.map((member) => commonFields(member, shapes))
  return new Set([...first].filter((name) => others.every((names) => names.has(name))))
}

/** The input of a procedure where it is an object. */
export function inputObject(procedure: ProcedureDescription, shapes: Shapes): ObjectShape | undefined {
  const input = procedure.input && resolve(procedure.input, shapes)
  return input?.kind === 'object' ? input : undefined
}
