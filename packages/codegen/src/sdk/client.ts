import { commentText, keyText, stringText } from '../shape/typescript.ts'
import { methodComment } from './docs.ts'
import { routersOfModel, typeImports } from './imports.ts'
import type { Method, SdkModel } from './model.ts'
import { header } from './options.ts'
import { hasStreams } from './streams.ts'

/** client.ts: an interface per procedure and per router, and `createClient`. */
export function clientFile(model: SdkModel): string {
  const body = [
    ...model.methods.map((method) => methodText(method)),
    ...routersOfModel(model).map((router) => routerText(router, model)),
    optionsText(model),
    createClientText(model),
  ].join('\n')
  return `${importsText(model, body)}\n${body}`
}

function methodText(method: Method): string {
  const { base } = method
  const { summary } = method.procedure.meta
  const members = method.stream === undefined ? callMembers(method) : [`  ${signature(method)}: ${base}Stream\n`]
  return `${commentText(summary === undefined ? [] : [summary], '')}export interface ${base} {\n${members.join('')}}\n`
}

function callMembers(method: Method): string[] {
  const { base, output, item } = method
  const given = signature(method)
  const members = [
    `  ${given}: Promise<${output}>\n`,
    `  /** The same, with errors of the call as values. */\n  safe${given}: Promise<${base}Result>\n`,
  ]
  if (item === undefined) return members
  return [
    ...members,
    `  /** The items of all pages; each loop over them starts anew. */\n  all${given}: AsyncIterable<${item}>\n`,
    `  /** All pages; each loop over them starts anew. */\n  pages${given}: AsyncIterable<${output}>\n`,
  ]
}

function signature({ input, inputOptional, stream }: Method): string {
  const first = input === undefined ? '' : `input${inputOptional ? '?' : ''}: ${input}, `
  return `(${first}options?: ${stream === undefined ? 'CallOptions' : 'EventStreamOptions'})`
}

function routerText(
  { path, base, keyOf, methods, routers }: ReturnType<typeof routersOfModel>[number],
  model: SdkModel,
): string {
  const key = (other: string) => keyText(keyOf(other))
  const rows = [
    ...methods.map((method) => `${methodComment(method, model, '  ')}  readonly ${key(method.path)}: ${method.base}\n`),
    ...routers.map(([other, type]) => `  readonly ${key(other)}: ${type}Api\n`),
    ...(path === '' ? [asText(model)] : []),
  ]
  return `export interface ${path === '' ? model.clientType : `${base}Api`} {\n${rows.join('')}}\n`
}

function asText({ clientType, options: { actAsHeader, actAsType = 'string' } }: SdkModel): string {
  if (actAsHeader === undefined) return ''
  return `  /** A client that acts for a user, whom its requests name in the header \`${actAsHeader}\`. */
  as(id: ${actAsType}): ${clientType}\n`
}

function optionsText({ errorName, signedOutCodes, options: { sessionHeader } }: SdkModel): string {
  const signedOut =
    signedOutCodes.length === 0
      ? ''
      : `${commentText(signedOutLines(signedOutCodes), '  ')}  readonly onSignedOut?: ((error: ${errorName}) => void) | undefined\n`
  const session = sessionHeader === undefined ? '' : sessionText
  return `/** Where the server is, and how to talk to it. */\nexport interface ClientOptions extends CoreOptions {\n${signedOut}${session}}\n`
}

function signedOutLines(codes: readonly string[]): string[] {
  return [
    'Told, once per request, when calls or a stream end because nobody is signed in; what it throws is reported as',
    `uncaught. The codes: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
  ]
}

const sessionText = `  /**
   * For browsers: the server keeps the session in an HttpOnly cookie that scripts cannot read; no token is needed.
   * Requests go with credentials, so the server has to allow the page's origin. Not together with \`token\`.
   */
  readonly session?: 'cookie' | undefined
`

function createClientText(model: SdkModel): string {
  const { version, versionHeader, actAsHeader, sessionHeader } = model.options
  const settings = [
    `path: ${stringText(model.path)}`,
    `postQueries: ${model.postQueries}`,
    ...(model.router.transformed ? ['transformer: superjson'] : []),
    'procedures',
    `ErrorClass: ${model.errorName}`,
    ...(actAsHeader === undefined ? [] : [`actAsHeader: ${stringText(actAsHeader)}`]),
    ...(sessionHeader === undefined ? [] : [`session: sessionOf(${stringText(sessionHeader)}, options)`]),
    ...(model.signedOutCodes.length === 0 ? [] : [`signedOut: [${model.signedOutCodes.map(stringText).join(', ')}]`]),
    ...(version === undefined || versionHeader === undefined
      ? []
      : [`version: ${stringText(version)}`, `versionHeader: ${stringText(versionHeader)}`]),
  ]
  return `/** A client of the API; it keeps no state but its options, so there may be several. */
export function createClient(options: ClientOptions): ${model.clientType} {
  const api: Api = {
${settings.map((setting) => `    ${setting},\n`).join('')}  }
  return buildClient(api, options${hasStreams(model) ? ', subscribe' : ''}) as ${model.clientType}
}
`
}

function importsText(model: SdkModel, body: string): string {
  const streams = model.methods.flatMap(({ base, stream }) => (stream === undefined ? [] : [`${base}Stream`]))
  return [
    header,
    model.router.transformed ? "import superjson from 'superjson'\n" : '',
    `import { ${model.errorName} } from './errors.ts'\n`,
    "import { procedures } from './procedures.ts'\n",
    "import type { Api } from './runtime/api.ts'\n",
    body.includes('CallOptions') ? "import type { CallOptions } from './runtime/calls.ts'\n" : '',
    "import { buildClient } from './runtime/client.ts'\n",
    "import type { CoreOptions } from './runtime/requests.ts'\n",
    model.options.sessionHeader === undefined ? '' : "import { sessionOf } from './runtime/session.ts'\n",
    ...(streams.length === 0
      ? []
      : [
          "import { subscribe } from './runtime/sse.ts'\n",
          "import type { EventStreamOptions } from './runtime/stream.ts'\n",
          `import type { ${streams.join(', ')} } from './streams.ts'\n`,
        ]),
    typeImports(model, body),
  ].join('')
}
