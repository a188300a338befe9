import type { ErrorCodes } from '../contract.ts'
import { errorsOf } from '../errorCodes.ts'
import { isDownload } from '../plain.ts'
import { scopeText } from '../procedureMeta.ts'
import { type RouterDescription, topRouterOf } from '../router.ts'
import { createModel, type Method } from '../sdk/model.ts'
import { trpcErrorCodes } from '../sdk/options.ts'
import { type CallOptions, curlCall, sdkCall } from './calls.ts'
import { type PageContext, shapeText } from './fields.ts'
import { anchor, anchorName, block, code, pageHeader, prose, table } from './markdown.ts'
import { exampleOf } from './values.ts'

export interface ReferenceOptions {
  /** The first part of the client's type, and of the title. Default `Api`. */
  readonly clientName?: string | undefined
  /** The error codes of the server. Default: those of tRPC. */
  readonly errorCodes?: ErrorCodes | undefined
  /** Inputs to show instead of those made from the shapes, by path of the procedure. */
  readonly examples?: ReadonlyMap<string, { readonly input: unknown }> | undefined
  /** The server in curl calls. Default `http://localhost:3000`. */
  readonly serverUrl?: string | undefined
  /** Where the procedures answer plain JSON. Default `/api/v1`. */
  readonly basePath?: string | undefined
  /** Where tRPC answers. Default `/trpc`. */
  readonly trpcPath?: string | undefined
}

/**
 * Reference pages in Markdown: `index.md`, a page per top router, `shapes.md` and `errors.md`; file name to text. The
 * same router gives the same pages, byte for byte.
 */
export function buildReference(router: RouterDescription, options: ReferenceOptions = {}): Map<string, string> {
  const { clientName = 'Api', errorCodes = trpcErrorCodes } = options
  const model = createModel(router, { clientName, errorCodes: options.errorCodes })
  const pages = Map.groupBy(model.methods, (method) => topRouterOf(method.path))
  const parts: Parts = {
    page: { shapes: router.shapes, dates: model.types.dates, shapesPage: 'shapes.md' },
    errors: errorsOf(router, options.errorCodes),
    examples: options.examples ?? new Map(),
    call: {
      serverUrl: (options.serverUrl ?? 'http://localhost:3000').replace(/\/$/, ''),
      basePath: options.basePath ?? '/api/v1',
      trpcPath: options.trpcPath ?? '/trpc',
      transformed: router.transformed,
    },
  }
  const texts: [string, string][] = [
    ['index.md', indexPage(clientName, pages)],
    ...[...pages].map(([name, methods]): [string, string] => [pageName(name), routerPage(name, methods, parts)]),
    ['shapes.md', shapesPage(parts.page)],
    ['errors.md', errorsPage(errorCodes, router, parts.errors)],
  ]
  return new Map(texts.map(([name, text]) => [name, `${pageHeader}\n${text}`]))
}

interface Parts {
  readonly page: PageContext
  readonly errors: ReturnType<typeof errorsOf>
  readonly examples: ReadonlyMap<string, { readonly input: unknown }>
  readonly call: CallOptions
}

const reserved = new Set(['index', 'shapes', 'errors'])

function pageName(router: string): string {
  return `${anchorName(router)}${reserved.has(router.toLowerCase()) ? '-router' : ''}.md`
}

function linkTo(path: string): string {
  return `[${code(path)}](${pageName(topRouterOf(path))}#${anchorName(path)})`
}

function indexPage(clientName: string, pages: ReadonlyMap<string, readonly Method[]>): string {
  const lists = [...pages].map(([name, methods]) => {
    const rows = methods.map(({ path, procedure }) => [
      linkTo(path),
      procedure.type,
      prose(procedure.meta.summary ?? ''),
    ])
    return `## [${name}](${pageName(name)})\n\n${table(['Procedure', 'Kind', 'What it does'], rows)}`
  })
  const others = 'See also the [shapes](shapes.md) that they take and give, and the [error codes](errors.md).\n'
  return `# ${clientName} reference\n\nAll procedures, by router. ${others}\n${lists.join('\n')}`
}

function routerPage(name: string, methods: readonly Method[], parts: Parts): string {
  return `# ${name}\n\n${methods.map((method) => procedureText(method, parts)).join('\n')}`
}

function procedureText(method: Method, parts: Parts): string {
  const { path, procedure } = method
  const { meta, input, output } = procedure
  const takes = input === undefined ? 'Takes nothing.\n' : `**Input**\n\n${shapeText(input, parts.page)}`
  const label = procedure.type !== 'subscription' ? 'Output' : isDownload(procedure) ? 'Each item' : 'Each event'
  const gives = output === undefined ? 'anything\n' : shapeText(output, parts.page)
  const isTable = gives.startsWith('|') || gives.includes('\n\n')
  const sections = [
    meta.deprecated === undefined ? undefined : `**Deprecated.** ${prose(meta.deprecated)}\n`,
    meta.summary === undefined ? undefined : `${prose(meta.summary)}\n`,
    meta.description === undefined ? undefined : `${prose(meta.description)}\n`,
    `${whoMayCall(method)}\n`,
    takes,
    isTable ? `**${label}**\n\n${gives}` : `**${label}:** ${gives}`,
    errorsText(method, parts),
    callText(method, parts),
  ]
  return `${anchor(path)}## ${path}\n\n${sections.filter((text) => text !== undefined).join('\n')}`
}

const callerTexts: ReadonlyMap<string, string> = new Map([
  ['anyone', 'Anyone may call it, without a token.'],
  ['caller', 'Users and services may call it.'],
  ['user', 'Users may call it, and services that act for one.'],
  ['person', 'Only users who signed in themselves may call it: no API keys, and nobody who acts for them.'],
])

function whoMayCall({ procedure, idempotent, key }: Method): string {
  const { auth, scope } = procedure.meta
  const callers = auth === undefined ? undefined : (callerTexts.get(auth) ?? `Who may call it: ${code(auth)}.`)
  const again =
    procedure.type !== 'mutation' || !idempotent
      ? undefined
      : key === undefined
        ? 'Calling it again has no further effect.'
        : `Calling it again with the same ${code(key)} has no further effect.`
  const kind = `${procedure.type.charAt(0).toUpperCase()}${procedure.type.slice(1)}.`
  const end = isDownload(procedure) ? 'It ends by itself, and is to be had as one list too.' : undefined
  return [kind, end, callers, scopeText(scope), again].filter((text) => text !== undefined).join(' ')
}

function errorsText({ procedure }: Method, { errors }: Parts): string {
  const { own } = errors(procedure)
  const link = '[those that any call can give](errors.md)'
  if (own.length === 0) return `**Errors:** only ${link}.\n`
  const rows = own.map(({ code: name, status, description }) => [
    code(name),
    status > 0 ? String(status) : '',
    prose(description),
  ])
  return `**Errors**, besides ${link}:\n\n${table(['Code', 'Status', 'Meaning'], rows)}`
}

function callText(method: Method, { page, examples, call }: Parts): string {
  const { input } = method.procedure
  const given = examples.get(method.path)
  const value = given === undefined ? input && exampleOf(input, page.shapes) : given.input
  return `${block('ts', sdkCall(method, value))}\n${block('sh', curlCall(method, value, page.shapes, call))}`
}

function shapesPage(page: PageContext): string {
  const local = { ...page, shapesPage: '' }
  const texts = [...page.shapes].map(([name, shape]) => {
    const { docs } = shape
    const description = docs?.description ?? docs?.title
    const example = shape.kind === 'templateLiteral' ? exampleOf(shape, page.shapes) : undefined
    return [
      `${anchor(name)}## ${name}\n\n`,
      description === undefined ? '' : `${prose(description)}\n\n`,
      shapeText(shape, local),
      typeof example === 'string' ? `\nFor example ${code(example)}.\n` : '',
    ].join('')
  })
  return `# Shapes\n\nWhat procedures take and give, by name.\n\n${texts.join('\n')}`
}

function errorsPage(codes: ErrorCodes, router: RouterDescription, errors: Parts['errors']): string {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { status, description, auth }]) => {
      const owners = [...router.procedures].filter(([, { meta }]) => meta.errors?.includes(name)).map(([path]) => path)
      const isCommon = [...router.procedures.values()].some((each) =>
        errors(each).common.some(({ code }) => code === name),
      )
      const anywhere = auth === true ? 'any call with a token' : 'any call'
      return [code(name), String(status), prose(description), isCommon ? anywhere : owners.map(linkTo).join(', ')]
    })
  const intro =
    'An answer that refuses a call has one of these codes. Decide by the code; the text of a message may change. A call of the SDK that got no proper answer ends with NETWORK, TIMEOUT, ABORTED or BAD_RESPONSE, and status 0.\n'
  return `# Error codes\n\n${intro}\n${table(['Code', 'Status', 'Meaning', 'Can come from'], rows)}`
}
