/** What a procedure says of itself by `.meta()`. All of it is optional: routers of others have none or their own. */
export interface ProcedureMeta {
  readonly summary?: string | undefined
  readonly description?: string | undefined
  /** Who may call it: `anyone`, `caller` (a user or a service), `user`, `person`, or a word of your own. */
  readonly auth?: string | undefined
  /** The scope that API keys need for it, such as `users:write`. */
  readonly scope?: string | undefined
  /** The error codes that it can give besides the common ones. */
  readonly errors?: readonly string[] | undefined
  /** Whether calling it twice has one effect. */
  readonly idempotent?: boolean | undefined
  /** Why it is deprecated and what to use instead; `true` where there is nothing to say. */
  readonly deprecated?: string | undefined
  /** Whether a subscription ends by itself, so that it is to be had as one list too. */
  readonly finite?: boolean | undefined
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
    scope: text('scope'),
    errors: Array.isArray(errors) ? errors.filter((code) => typeof code === 'string') : undefined,
    idempotent: read('idempotent') === true ? true : undefined,
    deprecated: read('deprecated') === true ? 'Do not use it any more.' : text('deprecated'),
    finite: read('finite') === true ? true : undefined,
    event: read('event'),
  }
}

/** What readers are told of a scope. */
export function scopeText(scope: string | undefined): string | undefined {
  return scope === undefined ? undefined : `API keys need the scope \`${scope}\`.`
}
