/** What a procedure says of itself by `.meta()`. All of it is optional: routers of others have none or their own. */
export interface ProcedureMeta {
  readonly summary?: string | undefined
  readonly description?: string | undefined
  /** Who may call it, such as `anyone` or `user`. */
  readonly auth?: string | undefined
  /** The error codes that it can give besides the common ones. */
  readonly errors?: readonly string[] | undefined
  /** Whether calling it twice has one effect. */
  readonly idempotent?: boolean | undefined
  /** Why it is deprecated and what to use instead; `true` where there is nothing to say. */
  readonly deprecated?: string | undefined
  /** The zod schema of what a subscription yields. */
  readonly event?: unknown
}

/** Reads the meta of a procedure. A field of another type than ours is another library's, and left alone. */
export function parseMeta(meta: unknown): ProcedureMeta {
  if (meta === null || typeof meta !== 'object') return {}
  const read = (key: string): unknown => Reflect.get(meta, key)
  const text = (key: string) => {
    const value = read(key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const errors = read('errors')
  return {
    summary: text('summary'),
    description: text('description'),
    auth: text('auth'),
    errors: Array.isArray(errors) ? errors.filter((code) => typeof code === 'string') : undefined,
    idempotent: read('idempotent') === true ? true : undefined,
    deprecated: read('deprecated') === true ? 'Do not use it any more.' : text('deprecated'),
    event: read('event'),
  }
}
