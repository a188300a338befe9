import { inputObject } from '../contract.ts'
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
  if (procedure.type === 'subscription') {
    return [[`${parts.trpcPath}/${path}`, { get: subscription(path, procedure, parts) }]]
  }
  const post = {
    ...head(path, parts.ids.post(path), procedure),
    ...parametersOf(idempotencyHeader(procedure, parts.shapes)),
    ...requestBody(procedure, parts.shapes),
    ...tail(procedure, parts),
  }
  const query = procedure.type === 'query' ? queryParameters(procedure, parts.shapes) : undefined
  if (query === undefined) return [[`${parts.basePath}/${path}`, { post }]]
  const get = { ...head(path, parts.ids.get(path), procedure), ...parametersOf(query), ...tail(procedure, parts) }
  return [[`${parts.basePath}/${path}`, { get, post }]]
}

/** Gives each operation an id of its own. */
export class OperationIds {
  readonly #taken = new Set<string>()
  readonly #posts: ReadonlyMap<string, string>

  constructor(paths: readonly string[]) {
    this.#posts = new Map(paths.map((path) => [path, this.#take(path.replaceAll(/[^A-Za-z0-9-]/g, '_'))]))
  }

  post(path: string): string {
    return this.#posts.get(path) ?? this.#take(path)
  }

  get(path: string): string {
    return this.#take(`${this.post(path)}_get`)
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
  const description = [meta.description, deprecation].filter((text) => text !== undefined).join('\n\n')
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

function answers({ output }: ProcedureDescription, shapes: Shapes): [string, JsonObject][] {
  const nothing: [string, JsonObject] = ['204', { description: 'Done; there is nothing to tell.' }]
  const found = output && resolve(output, shapes)
  if (found?.kind === 'void' || found?.kind === 'undefined') return [nothing]
  const description = output?.docs?.description ?? found?.docs?.description ?? 'The answer.'
  const schema = output === undefined ? {} : schemaOf(output, shapes)
  const answer: [string, JsonObject] = ['200', { description, content: { 'application/json': { schema } } }]
  return found?.kind === 'union' && acceptsUndefined(found, shapes) ? [answer, nothing] : [answer]
}

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
    ...head(path, parts.ids.post(path), procedure),
    ...parametersOf(parameter === undefined ? [] : [parameter]),
    responses,
    ...security(procedure, parts),
  }
}
