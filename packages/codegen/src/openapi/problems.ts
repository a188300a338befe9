import type { DescribedCode, errorsOf } from '../errorCodes.ts'
import type { ProcedureDescription } from '../router.ts'
import type { JsonObject } from './operation.ts'

/** The problem responses of procedures. Those that several share are written once, as components. */
export interface ProblemResponses {
  /** By name; complete after `of` was called for all procedures. */
  readonly shared: ReadonlyMap<string, JsonObject>
  /** By status, in order. */
  of(procedure: ProcedureDescription): [status: string, response: JsonObject][]
}

/** Makes the responses for the errors that procedures can give; `schemaName` is the component of a problem. */
export function problemResponses(errors: ReturnType<typeof errorsOf>, schemaName: string): ProblemResponses {
  const names = new Map<string, string>()
  const shared = new Map<string, JsonObject>()
  const share = (status: string, codes: readonly DescribedCode[]): JsonObject => {
    const key = codes.map(({ code }) => code).join()
    const others = [...names.values()].filter((name) => name.startsWith(`Problem${status}`)).length
    const name = names.get(key) ?? `Problem${status}${others === 0 ? '' : `Variant${others + 1}`}`
    names.set(key, name)
    if (!shared.has(name)) shared.set(name, response(status, codes, schemaName))
    return { $ref: `#/components/responses/${name}` }
  }
  return {
    shared,
    of(procedure) {
      const { own, common } = errors(procedure)
      const byStatus = Map.groupBy([...own, ...common], ({ status }) => statusText(status))
      return [...byStatus]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([status, codes]) => {
          const isShared = codes.every((code) => common.includes(code))
          return [status, isShared ? share(status, codes) : response(status, codes, schemaName)]
        })
    },
  }
}

function statusText(status: number): string {
  return status >= 400 && status <= 599 ? String(status) : 'default'
}

function response(status: string, codes: readonly DescribedCode[], schemaName: string): JsonObject {
  const sorted = codes.toSorted((a, b) => (a.code < b.code ? -1 : 1))
  const lines = sorted.map(({ code, description }) => `\`${code}\`${description === '' ? '' : `: ${description}`}`)
  const description = lines.length === 1 ? lines.join() : lines.map((line) => `- ${line}`).join('\n')
  const code = { type: 'string', enum: sorted.map((entry) => entry.code), description }
  const schema = { allOf: [{ $ref: `#/components/schemas/${schemaName}` }, { type: 'object', properties: { code } }] }
  const retryAfter = { description: 'Seconds after which to try again.', schema: { type: 'integer' } }
  return {
    description,
    ...(status === '429' || status === '503' ? { headers: { 'Retry-After': retryAfter } } : {}),
    content: { 'application/problem+json': { schema } },
  }
}
