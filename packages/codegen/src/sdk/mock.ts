import { keyText, stringText } from '../shape/typescript.ts'
import { methodComment } from './docs.ts'
import { routersOfModel, typeImports } from './imports.ts'
import type { Method, SdkModel } from './model.ts'
import { header } from './options.ts'

/** mock.ts: a client that calls handlers, for the tests of the SDK's users. */
export function mockFile(model: SdkModel): string {
  const { clientType, errorName, handlersType, options } = model
  const body = routersOfModel(model)
    .map((router) => handlersText(router, model))
    .join('\n')
  const actAs = options.actAsHeader === undefined ? '' : `, actAsHeader: ${stringText(options.actAsHeader)}`
  return `${header}import type { ${clientType} } from './client.ts'
import { ${errorName} } from './errors.ts'
import { procedures } from './procedures.ts'
import { buildMockClient, type MockCall } from './runtime/mock.ts'
${typeImports(model, body)}
export type { MockCall } from './runtime/mock.ts'

${body}
/**
 * A client that calls these handlers instead of a server; a call without a handler fails and says which one it was.
 * What handlers throw, calls end with: \`new ${errorName}({ code, status, message })\` is what a server would refuse with.
 */
export function createMockClient(handlers: ${handlersType} = {}): ${clientType} {
  const api = { procedures, ErrorClass: ${errorName}${actAs} }
  return buildMockClient(api, handlers) as ${clientType}
}
`
}

function handlersText(
  { path, base, keyOf, methods, routers }: ReturnType<typeof routersOfModel>[number],
  model: SdkModel,
): string {
  const key = (other: string) => `readonly ${keyText(keyOf(other))}?`
  const rows = [
    ...methods.map(
      (method) => `${methodComment(method, model, '  ')}  ${key(method.path)}: (${handlerText(method)}) | undefined\n`,
    ),
    ...routers.map(([other, type]) => `  ${key(other)}: ${type}Handlers | undefined\n`),
  ]
  const doc = path === '' ? '/** What a mock client calls, by procedure. */\n' : ''
  return `${doc}export interface ${path === '' ? model.handlersType : `${base}Handlers`} {\n${rows.join('')}}\n`
}

function handlerText({ input, inputOptional, emptyInput, output, stream }: Method): string {
  const type = inputOptional && !emptyInput ? `${input} | undefined` : input
  const parameters = input === undefined ? 'call: MockCall' : `input: ${type}, call: MockCall`
  if (stream !== undefined) return `(${parameters}) => AsyncIterable<${output}>`
  return `(${parameters}) => ${output === 'unknown' ? output : `${output} | Promise<${output}>`}`
}
