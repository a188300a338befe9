import { type CallOptions, type CallSettings, createCall, type Procedure, type ProcedureTable } from './calls.ts'
import { CallError, type ErrorDetails } from './errors.ts'
import { iterateItems, iteratePages } from './pages.ts'
import { createTransport, type Transformer } from './transport.ts'

/** Where the server is, and how to talk to it. */
export interface ClientOptions {
  /** The base address of the server, such as `https://api.example.org`. */
  readonly url: string | URL
  /** Sent as `Authorization: Bearer <token>`. A function is asked for every request. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined
  /** More headers for every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long a call may take with all its retries. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How often a call that is safe to repeat is sent again after a failure on the way. Default 3. */
  readonly maxRetries?: number | undefined
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** What the generated code knows of its API. */
export interface ApiSettings {
  /** The tRPC endpoint below the server's base address. */
  readonly path: string
  readonly postQueries: boolean
  readonly transformer?: Transformer
  readonly procedures: ProcedureTable
  readonly ErrorClass: new (details: ErrorDetails) => CallError
}

/** Builds the tree of methods of a client: `a.b.c` in the table becomes `client.a.b.c(...)`. */
export function buildClient(api: ApiSettings, options: ClientOptions): unknown {
  const send = createTransport({
    url: `${String(options.url).replace(/\/+$/, '')}${api.path}`,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    headers: () => requestHeaders(options),
    transformer: api.transformer,
    postQueries: api.postQueries,
  })
  const { timeoutMs = 30_000, maxRetries = 3 } = options
  const settings: CallSettings = { send, timeoutMs, maxRetries, ErrorClass: api.ErrorClass }
  const root: Branch = new Map()
  for (const [path, procedure] of Object.entries(api.procedures)) {
    if (procedure.type !== 'subscription') place(root, path.split('.'), createMethod(path, procedure, settings))
  }
  return toObject(root)
}

async function requestHeaders({ token, headers }: ClientOptions): Promise<Record<string, string>> {
  const bearer = typeof token === 'function' ? await token() : token
  return { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) }
}

function createMethod(path: string, procedure: Procedure, settings: CallSettings) {
  const { ErrorClass } = settings
  const call = createCall(path, procedure, settings)
  const safe = async (input: unknown, options?: CallOptions) => {
    try {
      return { ok: true, data: await call(input, options) }
    } catch (error) {
      if (error instanceof CallError) return { ok: false, error }
      throw error
    }
  }
  if (procedure.noInput === true) {
    const withoutInput = (options?: CallOptions) => call(undefined, options)
    return Object.assign(withoutInput, { safe: (options?: CallOptions) => safe(undefined, options) })
  }
  if (procedure.pages !== true) return Object.assign(call, { safe })
  return Object.assign(call, {
    safe,
    all: (input: unknown, options?: CallOptions) => iterateItems(call, input, options, ErrorClass),
    pages: (input: unknown, options?: CallOptions) => iteratePages(call, input, options, ErrorClass),
  })
}

type Branch = Map<string, Branch | object>

function place(root: Branch, keys: readonly string[], method: object): void {
  let branch = root
  for (const key of keys.slice(0, -1)) {
    const found = branch.get(key)
    const next: Branch = found instanceof Map ? found : new Map()
    branch.set(key, next)
    branch = next
  }
  branch.set(keys.at(-1) ?? '', method)
}

function toObject(branch: Branch): object {
  return Object.fromEntries([...branch].map(([key, value]) => [key, value instanceof Map ? toObject(value) : value]))
}
