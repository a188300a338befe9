import type { ErrorCodeDescription, ErrorCodes } from './contract.ts'
import type { ProcedureDescription, RouterDescription } from './router.ts'
import { trpcErrorCodes } from './sdk/options.ts'

/** An error code with what the server says of it. */
export interface DescribedCode extends ErrorCodeDescription {
  readonly code: string
}

/**
 * Tells for each procedure what it can fail with, sorted: its own codes, and those that can come from any call, which
 * are marked `common` or declared by no procedure. Codes of the token (`auth`) cannot come from procedures for anyone.
 */
export function errorsOf(
  router: RouterDescription,
  errorCodes: ErrorCodes = trpcErrorCodes,
): (procedure: ProcedureDescription) => { own: DescribedCode[]; common: DescribedCode[] } {
  const declared = new Set([...router.procedures.values()].flatMap(({ meta }) => meta.errors ?? []))
  const common = Object.entries(errorCodes)
    .filter(([code, { common }]) => common === true || !declared.has(code))
    .map(([code, entry]) => ({ code, ...entry }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
  return ({ meta }) => {
    const own = [...new Set(meta.errors)].sort().map((code) => {
      return { code, ...(errorCodes[code] ?? { status: 0, description: '' }) }
    })
    const others = common.filter((entry) => !meta.errors?.includes(entry.code))
    return { own, common: others.filter(({ auth }) => auth !== true || meta.auth !== 'anyone') }
  }
}
