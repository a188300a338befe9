import type { Api, Procedure } from './api.ts'
import { createSend } from './batch.ts'
import { type CallSettings, createCall } from './calls.ts'
import { buildTree, createMethod } from './methods.ts'
import { type AllOptions, createRequester, type Requester } from './requests.ts'

/** Makes the method of a subscription. */
export type Subscribe = (api: Api, path: string, procedure: Procedure, requester: Requester) => object

/** Builds a client; `subscribe` makes its streams, where the API has any. */
export function buildClient(api: Api, options: AllOptions, subscribe?: Subscribe, actAs?: string): object {
  if (!/^https?:\/\//i.test(String(options.url))) {
    throw new TypeError(`A client needs the address of its server with http:// or https://, not "${options.url}".`)
  }
  if (/^https?:\/\/[^/?#]*@/i.test(String(options.url))) {
    throw new TypeError('The address of the server must not hold a user name or password.')
  }
  const requester = createRequester(api, options, actAs)
  const { timeoutMs = 30_000, maxRetries = 3 } = options
  const settings: CallSettings = { api, send: createSend(api, requester), timeoutMs, maxRetries }
  const tree = buildTree(api.procedures, (path, procedure) =>
    procedure.type === 'subscription' && subscribe !== undefined
      ? subscribe(api, path, procedure, requester)
      : createMethod(procedure, createCall(path, procedure, settings), api.ErrorClass),
  )
  if (api.actAsHeader === undefined) return tree
  return Object.assign(tree, { as: (id: string) => buildClient(api, options, subscribe, id) })
}
