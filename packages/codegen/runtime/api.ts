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
  /** A subscription that ends by itself. */
  readonly finite?: true
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
  /** What requests say of cookies, where the server can keep a session in one. */
  readonly session?: {
    readonly headers: Readonly<Record<string, string>>
    readonly init: { readonly credentials?: 'include' | 'omit' }
  }
  /** The codes of calls that need somebody who is signed in, and found nobody. */
  readonly signedOut?: readonly string[]
  /** The version of the contract that the SDK was made from. */
  readonly version?: string
  /** The header in which the server tells its own version. */
  readonly versionHeader?: string
}

/** A value as the JSON text that is sent; undefined where there is nothing to send. */
export function jsonText({ transformer }: Api, value: unknown): string | undefined {
  return JSON.stringify(transformer === undefined ? value : transformer.serialize(value))
}

/** The value that came as JSON. */
export function deserialize(api: Api, json: unknown): unknown {
  return api.transformer === undefined ? json : api.transformer.deserialize(json as never)
}
