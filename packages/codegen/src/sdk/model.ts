import { type ErrorCodes, inputObject, isIdempotent, keyField } from '../contract.ts'
import type { ProcedureDescription, RouterDescription } from '../router.ts'
import { type ArrayShape, acceptsUndefined, resolve, type Shape, type Shapes } from '../shape/shape.ts'
import { declarationText, stringText, type TypeOptions, typeText } from '../shape/typescript.ts'
import { guardName, type IdShape, idShapes } from './guards.ts'
import { Names, suffixesOfMethod } from './names.ts'
import { type SdkOptions, transportErrorCodes, trpcErrorCodes } from './options.ts'
import { eventKinds, type StreamModel, streamSuffixes } from './streams.ts'

/** One procedure, ready to be written. */
export interface Method {
  readonly path: string
  readonly base: string
  readonly procedure: ProcedureDescription
  /** The type of the input; undefined where there is none. */
  readonly input: string | undefined
  readonly inputOptional: boolean
  /** The input may be left out although the procedure wants an object. */
  readonly emptyInput: boolean
  readonly output: string
  /** The type of the items, where the procedure is a list with pages. */
  readonly item: string | undefined
  readonly key: string | undefined
  readonly idempotent: boolean
  /** The kinds of events, where the procedure is a subscription. */
  readonly stream: StreamModel | undefined
  /** The declarations of the types that only this procedure has. */
  readonly declarations: readonly string[]
}

/** All that the files of an SDK are written from. */
export interface SdkModel {
  readonly clientType: string
  readonly handlersType: string
  readonly errorName: string
  readonly path: string
  readonly postQueries: boolean
  readonly types: TypeOptions
  readonly router: RouterDescription
  readonly methods: readonly Method[]
  /** What the names of the types of routers begin with, by path. */
  readonly routerNames: ReadonlyMap<string, string>
  /** The codes that any call can end with. */
  readonly commonCodes: ErrorCodes
  /** The codes of all calls that are not for anyone. */
  readonly authCodes: ErrorCodes
  readonly codes: ErrorCodes
  /** The codes that say that nobody is signed in. */
  readonly signedOutCodes: readonly string[]
  /** The shapes that have guards. */
  readonly ids: readonly IdShape[]
  readonly options: SdkOptions
}

/** Settles names, types and error codes of the SDK of a router. */
export function createModel(router: RouterDescription, options: SdkOptions): SdkModel {
  const clientType = `${options.clientName ?? 'Api'}Client`
  const errorName = options.errorName ?? 'ApiError'
  const handlersType = `${options.clientName ?? 'Api'}Handlers`
  const ids = idShapes(router.shapes)
  const own = [clientType, handlersType, errorName, `is${errorName}`, ...ids.map(guardName)]
  const names = new Names(router.shapes.keys(), own)
  const types: TypeOptions = { dates: router.transformed ? 'Date' : 'string' }
  const methods = [...router.procedures].map(([path, procedure]) =>
    createMethod(path, procedure, names.take(path, suffixesOf(procedure, router.shapes)), router.shapes, types),
  )
  const routerPaths = new Set(methods.flatMap((method) => routersOf(method.path)))
  const baseOf = (path: string) => names.take(path, ['Api', 'Handlers', 'Router'])
  const routerNames = new Map([...routerPaths].sort().map((path) => [path, baseOf(path)]))
  const { path = '/trpc', postQueries = false } = options
  checkActAs(router, options)
  const codes = errorCodesOf(router, options.errorCodes)
  const signedOutCodes = signedOutCodesOf(options.errorCodes)
  const settings = { clientType, handlersType, errorName, path, postQueries, types, signedOutCodes, ids, options }
  return { ...settings, router, methods, routerNames, ...codes }
}

function suffixesOf(procedure: ProcedureDescription, shapes: Shapes): string[] {
  return [...suffixesOfMethod, ...(procedure.type === 'subscription' ? streamSuffixes(procedure.output, shapes) : [])]
}

function checkActAs({ procedures, shapes }: RouterDescription, { actAsHeader, actAsType }: SdkOptions): void {
  if (actAsHeader !== undefined && [...procedures.keys()].some((path) => path.split('.')[0] === 'as')) {
    throw new Error('the router has a procedure or router "as", which is the name of the method that acts for a user')
  }
  if (actAsType !== undefined && !shapes.has(actAsType)) throw new Error(`there is no shape named "${actAsType}"`)
}

/** Whether the client has a method for a procedure; subscriptions are not called but listened to. */
export function isCallable(method: Method): boolean {
  return method.procedure.type !== 'subscription'
}

/** The paths of the routers around a procedure: `a` and `a.b` for `a.b.c`. */
export function routersOf(path: string): string[] {
  const keys = path.split('.').slice(0, -1)
  return keys.map((_, index) => keys.slice(0, index + 1).join('.'))
}

function createMethod(
  path: string,
  procedure: ProcedureDescription,
  base: string,
  shapes: Shapes,
  types: TypeOptions,
): Method {
  const declarations: string[] = []
  const name = (shape: Shape, suffix: string) => {
    if (!deservesName(shape)) return typeText(shape, types)
    declarations.push(declarationText(base + suffix, shape, types))
    return base + suffix
  }
  const { input, output = { kind: 'unknown' } } = procedure
  const inputFields = inputObject(procedure, shapes)?.fields
  const isPlainlyOptional = input !== undefined && acceptsUndefined(input, shapes)
  const emptyInput = !isPlainlyOptional && inputFields?.every((field) => field.optional) === true
  const list = pageOf(procedure, shapes)
  const item = list && name(list.element, 'Item')
  const output_ = list && deservesName(list.element) ? withElement(output, list, `${base}Item`) : output
  return {
    path,
    base,
    procedure,
    input: input && name(input, 'Input'),
    inputOptional: isPlainlyOptional || emptyInput,
    emptyInput,
    output: name(output_, procedure.type === 'subscription' ? 'Event' : 'Output'),
    item,
    key: keyField(procedure, shapes),
    idempotent: isIdempotent(procedure, shapes),
    stream: procedure.type === 'subscription' ? eventKinds(output, shapes, name) : undefined,
    declarations,
  }
}

function deservesName(shape: Shape): boolean {
  const structured: readonly Shape['kind'][] = ['object', 'union', 'discriminatedUnion', 'intersection', 'tuple']
  if (!structured.includes(shape.kind)) return false
  // `Room | null` says more than a name would.
  return shape.kind !== 'union' || shape.members.some(deservesName) || shape.members.length > 3
}

/** The items of a list: a query that takes a cursor and gives exactly `items` and `nextCursor`. */
function pageOf(procedure: ProcedureDescription, shapes: Shapes): ArrayShape | undefined {
  const output = procedure.output && resolve(procedure.output, shapes)
  if (procedure.type !== 'query' || output?.kind !== 'object') return undefined
  const names = output.fields.map((field) => field.name).sort()
  if (names.join() !== 'items,nextCursor') return undefined
  if (!inputObject(procedure, shapes)?.fields.some((field) => field.name === 'cursor' && field.optional))
    return undefined
  const items = output.fields.find((field) => field.name === 'items')?.shape
  return items?.kind === 'array' ? items : undefined
}

/** The same output with the items by their name. */
function withElement(output: Shape, list: ArrayShape, name: string): Shape {
  if (output.kind !== 'object') return output
  const items: Shape = { ...list, element: { kind: 'ref', name } }
  return {
    ...output,
    fields: output.fields.map((field) => (field.shape === list ? { ...field, shape: items } : field)),
  }
}

function errorCodesOf(router: RouterDescription, given: ErrorCodes | undefined) {
  const declared = new Map<string, string>()
  for (const [path, { meta }] of router.procedures) for (const code of meta.errors ?? []) declared.set(code, path)
  const known = given ?? trpcErrorCodes
  for (const [code, path] of declared) {
    if (given !== undefined && !Object.hasOwn(given, code))
      throw new Error(`${path}: the error code ${code} is not in errorCodes`)
  }
  const isCommon = (code: string) =>
    known[code]?.common === true || !declared.has(code) || Object.hasOwn(transportErrorCodes, code)
  const common = Object.entries({ ...known, ...transportErrorCodes }).filter(([code]) => isCommon(code))
  const unknown = [...declared.keys()].map((code) => [code, known[code] ?? { status: 0, description: '' }] as const)
  const isForSome = ([code]: readonly [string, unknown]) => known[code]?.auth === true
  const [authCodes, commonCodes] = [common.filter(isForSome), common.filter((entry) => !isForSome(entry))].map(sorted)
  return { commonCodes: commonCodes ?? {}, authCodes: authCodes ?? {}, codes: sorted([...common, ...unknown]) }
}

/** Codes of the token with status 401; of tRPC's own codes the one that stands for all of that. */
function signedOutCodesOf(codes: ErrorCodes | undefined): string[] {
  if (codes === undefined) return ['UNAUTHORIZED']
  const found = Object.entries(codes).filter(([, { auth, status }]) => auth === true && status === 401)
  return found.map(([code]) => code).sort()
}

/** The type of the codes that a procedure can give. */
export function codesText({ procedure: { meta } }: Method, { authCodes }: SdkModel): string {
  const own = [...(meta.errors ?? [])].sort().map(stringText)
  const isForAll = meta.auth === 'anyone' || Object.keys(authCodes).length === 0
  return [...own, ...(isForAll ? [] : ['AuthErrorCode']), 'CommonErrorCode'].join(' | ')
}

function sorted(entries: readonly (readonly [string, ErrorCodes[string]])[]): ErrorCodes {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
