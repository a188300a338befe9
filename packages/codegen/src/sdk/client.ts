import { commentText, keyText, stringText } from '../shape/typescript.ts'
import { methodComment } from './files.ts'
import { isCallable, type Method, type SdkModel } from './model.ts'
import { header } from './options.ts'

/** client.ts: an interface per procedure and per router, and `createClient`. */
export function clientFile(model: SdkModel): string {
  const methods = model.methods.filter(isCallable)
  const body = [
    ...methods.map((method) => methodText(method)),
    ...[...model.routerNames].map(([path, name]) => routerText(name, path, model)),
    routerText(model.clientType, '', model),
    createClientText(model),
  ].join('\n')
  return `${importsText(model, body)}\n${body}`
}

function methodText(method: Method): string {
  const { base, input, inputOptional, output, item } = method
  const parameters = input === undefined ? '' : `input${inputOptional ? '?' : ''}: ${input}, `
  const signature = `(${parameters}options?: CallOptions)`
  const members = [
    `  ${signature}: Promise<${output}>\n`,
    `  /** The same, with errors of the call as values. */\n  safe${signature}: Promise<${base}Result>\n`,
  ]
  if (item !== undefined) {
    members.push(
      `  /** The items of all pages; each loop over them starts anew. */\n  all${signature}: AsyncIterable<${item}>\n`,
      `  /** All pages; each loop over them starts anew. */\n  pages${signature}: AsyncIterable<${output}>\n`,
    )
  }
  const { summary } = method.procedure.meta
  return `${commentText(summary === undefined ? [] : [summary], '')}export interface ${base} {\n${members.join('')}}\n`
}

function routerText(name: string, path: string, model: SdkModel): string {
  const prefix = path === '' ? '' : `${path}.`
  const isDirect = (other: string) => other.startsWith(prefix) && !other.slice(prefix.length).includes('.')
  const key = (other: string) => keyText(other.slice(prefix.length))
  const methods = model.methods.filter((method) => isCallable(method) && isDirect(method.path))
  const rows = [
    ...methods.map((method) => `${methodComment(method, model, '  ')}  readonly ${key(method.path)}: ${method.base}\n`),
    ...[...model.routerNames]
      .filter(([other]) => other !== path && isDirect(other))
      .map(([other, type]) => `  readonly ${key(other)}: ${type}\n`),
  ]
  return `export interface ${name} {\n${rows.join('')}}\n`
}

function createClientText(model: SdkModel): string {
  const settings = [
    `path: ${stringText(model.path)}`,
    `postQueries: ${model.postQueries}`,
    ...(model.router.transformed ? ['transformer: superjson'] : []),
    'procedures',
    `ErrorClass: ${model.errorName}`,
  ]
  return `/** A client of the API; it keeps no state but its options, so there may be several. */
export function createClient(options: ClientOptions): ${model.clientType} {
  const settings = {
${settings.map((setting) => `    ${setting},\n`).join('')}  }
  return buildClient(settings, options) as ${model.clientType}
}
`
}

function importsText(model: SdkModel, body: string): string {
  const candidates = [
    ...model.router.shapes.keys(),
    ...model.methods.flatMap(({ base }) => ['Input', 'Output', 'Item', 'Result'].map((suffix) => base + suffix)),
  ]
  const words = new Set(body.match(/[\w$]+/g))
  const types = [...new Set(candidates)].filter((name) => words.has(name)).sort()
  return [
    header,
    model.router.transformed ? "import superjson from 'superjson'\n" : '',
    `import { ${model.errorName} } from './errors.ts'\n`,
    "import { procedures } from './procedures.ts'\n",
    "import type { CallOptions } from './runtime/calls.ts'\n",
    "import { buildClient, type ClientOptions } from './runtime/client.ts'\n",
    types.length > 0 ? `import type {\n${types.map((name) => `  ${name},\n`).join('')}} from './types.ts'\n` : '',
  ].join('')
}
