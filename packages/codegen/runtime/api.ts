import type { ErrorClass } from './errors.ts'

/** What the SDK knows of a procedure. */
export interface Procedure {
  readonly type: 'query' | 'mutation' | 'subscription'
  /** Sent again after a failure on the way, because a second effect is impossible. */
  readonly idempotent?: true
  /** The input field that tells the server that a call is a repetition; filled in where the caller leaves it out. */
  readonly key?: string
  /** Takes no input at all. */
  readonly noInput?: true
  /** The input may be left out and is then an empty object. */
  readonly emptyInput?: true
  /** A list that goes on by `cursor` and `nextCursor`. */
  readonly pages?: true
  /** The field of events that tells their kinds apart. */
  readonly kind?: string
}

export type ProcedureTable = Readonly<Record<string, Procedure>>

/** Turns values into JSON and back; superjson is one. */
export interface Transformer {
  serialize(value: unknown): unknown
  deserialize(value: never): unknown
}

/** What the generated code knows of its API. */
export interface Api {
  /** The tRPC endpoint below the server's base address. */
  readonly path: string
  /** Sends queries by POST too, which keeps their input out of addresses and logs. */
  readonly postQueries: boolean
  readonly transformer?: Transformer
  readonly procedures: ProcedureTable
  readonly ErrorClass: ErrorClass
  /** The header that names the user for whom a call is made. */
  readonly actAsHeader?: string
  /** The version of the contract that the SDK was made from. */
  readonly version?: string
  /** The header in which the server tells its own version. */
  readonly versionHeader?: string
}

/** From a value to what JSON.stringify takes. */
export function serialize(api: Api, value: unknown): unknown {
  return api.transformer === undefined ? value : api.transformer.serialize(value)
}

/** The value that came as JSON. */
export function deserialize(api: Api, json: unknown): unknown {
  return api.transformer === undefined ? json : api.transformer.deserialize(json as never)
}
