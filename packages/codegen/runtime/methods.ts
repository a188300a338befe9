import type { Procedure, ProcedureTable } from './api.ts'
import type { Call, CallOptions } from './calls.ts'
import { type ErrorClass, isCallError } from './errors.ts'
import { iterateItems, iteratePages } from './pages.ts'

/** The tree of methods of a client: `a.b.c` in the table becomes `client.a.b.c`. */
export function buildTree(
  procedures: ProcedureTable,
  createMethod: (path: string, procedure: Procedure) => object,
): object {
  const root: Branch = {}
  for (const [path, procedure] of Object.entries(procedures)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    let branch = root
    for (const key of keys) {
      branch[key] ??= {}
      branch = branch[key] as Branch
    }
    branch[last] = createMethod(path, procedure)
  }
  return root
}

interface Branch {
  [key: string]: object
}

/** The method of a query or a mutation, with `.safe` and, where it is a list, `.all` and `.pages`. */
export function createMethod(procedure: Procedure, call: Call, ErrorClass: ErrorClass): object {
  const safe = async (input: unknown, options?: CallOptions) => {
    try {
      return { ok: true, data: await call(input, options) }
    } catch (error) {
      if (isCallError(error)) return { ok: false, error }
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
