import { inputObject } from '../contract.ts'
import { isDownload, plainMethods } from '../plain.ts'
import { scopeText } from '../procedureMeta.ts'
import { type ProcedureDescription, type RouterDescription, topRouterOf } from '../router.ts'
import { flatParameters } from '../shape/flatFields.ts'
import { acceptsUndefined, resolve, type Shape, type Shapes } from '../shape/shape.ts'
import type { ProblemResponses } from './problems.ts'
import { schemaOf } from './schemas.ts'

export type JsonObject = { readonly [key: string]: unknown }

/** What the operations of one document have in common. */
export interface OperationParts {
  readonly router: RouterDescription
  /** The named shapes as the document has them. */
  readonly shapes: Shapes
  readonly problems: ProblemResponses
  readonly ids: OperationIds
  readonly basePath: string
  readonly trpcPath: string
  /** Whether any procedure needs a token. */
  readonly usesTokens: boolean
}

/** The addresses of a procedure with what can be done there. */
export function pathItems(
  path: string,
  procedure: ProcedureDescription,
  parts: OperationParts,
): [string, JsonObject][] {
  const plain = plainOperations(path, procedure, parts)
  const items: [string, JsonObject][] = Object.keys(plain).length > 0 ? [[`${parts.basePath}/${path}`, plain]] : []
  if (procedure.type !== 'subscription') return items
  return [...items, [`${parts.trpcPath}/${path}`, { get: subscription(path, procedure, parts) }]]
}

function plainOperations(path: string, procedure: ProcedureDescription, parts: OperationParts): JsonObject {
  const { ids, shapes } = parts
  const methods = plainMethods(procedure, shapes)
  const query = methods.includes('GET') ? queryParameters(procedure, shapes) : undefined
  const get = query && {
    ...head(path, ids.of(path, 'get'), procedure),
    ...parametersOf(query),
    ...tail(procedure, parts),
  }
  const post = methods.includes('POST') && {
    ...head(path, isDownload(procedure) ? ids.of(path, 'post') : ids.main(path), procedure),
    ...parametersOf(idempotencyHeader(procedure, shapes)),
    ...requestBody(procedure, shapes),
    ...tail(procedure, parts),
  }
  return { ...(get && { get }), ...(post && { post }) }
}

/** Gives each operation an id of its own. */
export class OperationIds {
  readonly #taken = new Set<string>()
  readonly #mains: ReadonlyMap<string, string>

  constructor(paths: readonly string[]) {
    this.#mains = new Map(paths.map((path) => [path, this.#take(path.replaceAll(/[^A-Za-z0-9-]/g, '_'))]))
  }

  main(path: string): string {
    return this.#mains.get(path) ?? this.#take(path)
  }

  /** Of another operation of the same procedure. */
  of(path: string, method: 'get' | 'post'): string {
    return this.#take(`${this.main(path)}_${method}`)
  }

  #take(wanted: string): string {
    let id = wanted
    for (let count = 2; this.#taken.has(id); count++) id = `${wanted}_${count}`
    this.#taken.add(id)
    return id
  }
}

function head(path: string, operationId: string, { meta }: ProcedureDescription): JsonObject {
  const deprecation = meta.deprecated === undefined ? undefined : `Deprecated: ${meta.deprecated}`
  const description = [meta.description, scopeText(meta.scope), deprecation]
    .filter((text) => text !== undefined)
    .join('\n\n')
  return {
    operationId,
    tags: [topRouterOf(path)],
    ...(meta.summary === undefined ? {} : { summary: meta.summary }),
    ...(description === '' ? {} : { description }),
    ...(meta.deprecated === undefined ? {} : { deprecated: true }),
  }
}

function tail(procedure: ProcedureDescription, parts: OperationParts): JsonObject {
  const responses = [...answers(procedure, parts.shapes), ...parts.problems.of(procedure)]
  return { responses: Object.fromEntries(responses), ...security(procedure, parts) }
}

/** Procedures that say nothing of who may call them take a token where there is one. */
function security({ meta }: ProcedureDescription, { usesTokens }: OperationParts): JsonObject {
  if (!usesTokens) return {}
  if (meta.auth === 'anyone') return { security: [] }
  return meta.auth === undefined ? { security: [{}, { bearer: [] }] } : {}
}

function answers(procedure: ProcedureDescription, shapes: Shapes): [string, JsonObject][] {
  const { output } = procedure
  if (isDownload(procedure)) {
    const schema = { type: 'array', items: output === undefined ? {} : schemaOf(output, shapes) }
    return [['200', { description: listText, content: { 'application/json': { schema } } }]]
  }
  const nothing: [string, JsonObject] = ['204', { description: 'Done; there is nothing to tell.' }]
  const found = output && resolve(output, shapes)
  if (found?.kind === 'void' || found?.kind === 'undefined') return [nothing]
  const description = output?.docs?.description ?? found?.docs?.description ?? 'The answer.'
  const schema = output === undefined ? {} : schemaOf(output, shapes)
  const answer: [string, JsonObject] = ['200', { description, content: { 'application/json': { schema } } }]
  return found?.kind === 'union' && acceptsUndefined(found, shapes) ? [answer, nothing] : [answer]
}

const listText = 'All items, sent as they are read. An answer that breaks off is no JSON: then something failed midway.'

function requestBody({ input }: ProcedureDescription, shapes: Shapes): JsonObject {
  if (input === undefined) return {}
  const content = { 'application/json': { schema: schemaOf(input, shapes) } }
  return { requestBody: { required: !acceptsUndefined(input, shapes), content } }
}

function parametersOf(parameters: readonly JsonObject[]): JsonObject {
  return parameters.length > 0 ? { parameters } : {}
}

/** The input as parameters; undefined where it has no flat form. */
function queryParameters({ input }: ProcedureDescription, shapes: Shapes): JsonObject[] | undefined {
  if (input === undefined) return []
  return flatParameters(input, shapes)?.map(({ name, required, shape }) => {
    const { description, deprecated, ...schema } = schemaOf(withoutNull(shape), shapes)
    return {
      name,
      in: 'query',
      required,
      ...(description === undefined ? {} : { description }),
      ...(deprecated === undefined ? {} : { deprecated }),
      schema,
    }
  })
}

/** A parameter says nothing by being left out. */
function withoutNull(shape: Shape): Shape {
  if (shape.kind !== 'union') return shape
  const members = shape.members.filter((member) => member.kind !== 'null')
  return members.some((member) => member.kind !== 'undefined') ? { ...shape, members } : shape
}

function idempotencyHeader(procedure: ProcedureDescription, shapes: Shapes): JsonObject[] {
  const field = inputObject(procedure, shapes)?.fields.find(({ name }) => name === 'idempotencyKey')
  if (procedure.type !== 'mutation' || field === undefined) return []
  const { default: _, description, ...schema } = schemaOf(field.shape, shapes)
  const text = 'The same as `idempotencyKey` in the body: a retry under the same key has no second effect.'
  return [{ name: 'Idempotency-Key', in: 'header', required: false, description: text, schema }]
}

function subscription(path: string, procedure: ProcedureDescription, parts: OperationParts): JsonObject {
  const { shapes, router } = parts
  const { input, output } = procedure
  // With a transformer, values that JSON lacks come with their types beside it.
  const carried = (schema: JsonObject): JsonObject =>
    router.transformed
      ? { type: 'object', properties: { json: schema, meta: { type: 'object' } }, required: ['json'] }
      : schema
  const parameter = input && {
    name: 'input',
    in: 'query',
    required: !acceptsUndefined(input, shapes),
    content: { 'application/json': { schema: carried(schemaOf(input, shapes)) } },
  }
  const schema = carried(output === undefined ? {} : schemaOf(output, shapes))
  const stream = {
    description: 'A stream of server-sent events; the schema is that of the data of each event.',
    content: { 'text/event-stream': { schema } },
  }
  const responses = Object.fromEntries([['200', stream], ...parts.problems.of(procedure)])
  return {
    ...head(path, parts.ids.main(path), procedure),
    ...parametersOf(parameter === undefined ? [] : [parameter]),
    responses,
    ...security(procedure, parts),
  }
}
