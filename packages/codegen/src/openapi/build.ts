import type { ErrorCodes } from '../contract.ts'
import { errorsOf } from '../errorCodes.ts'
import { type ProcedureDescription, type RouterDescription, topRouterOf } from '../router.ts'
import { type JsonObject, OperationIds, type OperationParts, pathItems } from './operation.ts'
import { problemResponses } from './problems.ts'
import { componentSchemas, freeName, problemSchema } from './schemas.ts'

export interface OpenApiOptions {
  readonly title: string
  readonly version: string
  readonly description?: string | undefined
  /** The server's base address. Default `/`: the one that serves the document. */
  readonly serverUrl?: string | undefined
  /** Where the procedures answer plain JSON. Default `/api/v1`. */
  readonly basePath?: string | undefined
  /** Where tRPC answers, and with it the subscriptions. Default `/trpc`. */
  readonly trpcPath?: string | undefined
  /** The error codes of the server. Default: those of tRPC. */
  readonly errorCodes?: ErrorCodes | undefined
}

/**
 * The OpenAPI 3.1 document of a router: every procedure as `POST <basePath>/<path>` with plain JSON, queries with flat
 * input also by GET, subscriptions as event streams, and as lists where they end by themselves. The same router gives the same document, in the same order.
 */
export function buildOpenApi(router: RouterDescription, options: OpenApiOptions): JsonObject {
  const { title, version, description, serverUrl = '/', basePath = '/api/v1', trpcPath = '/trpc' } = options
  const { shapes, schemas } = componentSchemas(router.shapes)
  const problem = freeName('Problem', shapes)
  const problems = problemResponses(errorsOf(router, options.errorCodes), problem)
  const ids = new OperationIds([...router.procedures.keys()])
  const usesTokens = [...router.procedures.values()].some(
    ({ meta }) => meta.auth !== undefined && meta.auth !== 'anyone',
  )
  const parts: OperationParts = { router, shapes, problems, ids, basePath, trpcPath, usesTokens }
  const paths = [...router.procedures].flatMap(([path, procedure]) => pathItems(path, procedure, parts))
  const components = {
    schemas: { ...schemas, [problem]: problemSchema },
    ...(problems.shared.size > 0
      ? { responses: Object.fromEntries([...problems.shared].sort(([a], [b]) => (a < b ? -1 : 1))) }
      : {}),
    ...(usesTokens ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } : {}),
  }
  return {
    openapi: '3.1.1',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    servers: [{ url: serverUrl }],
    tags: tagsOf(router.procedures),
    paths: Object.fromEntries(paths),
    components,
    ...(usesTokens ? { security: [{ bearer: [] }] } : {}),
  }
}

/** The text of openapi.json. */
export function openApiText(document: JsonObject): string {
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function tagsOf(procedures: ReadonlyMap<string, ProcedureDescription>): JsonObject[] {
  return [...new Set([...procedures.keys()].map(topRouterOf))].map((name) => ({ name }))
}
