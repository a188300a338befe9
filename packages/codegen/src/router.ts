import type { $ZodType } from 'zod/v4/core'
import { type ProcedureMeta, parseMeta } from './procedureMeta.ts'
import { childrenOf, type Direction, resolve, type Shape, type Shapes } from './shape/shape.ts'
import { createWalker, type Walker } from './shape/walk.ts'

export type ProcedureType = 'query' | 'mutation' | 'subscription'

/** One procedure of a router, in shapes. */
export interface ProcedureDescription {
  readonly type: ProcedureType
  readonly meta: ProcedureMeta
  /** Undefined where the procedure takes no input. */
  readonly input?: Shape | undefined
  /** Undefined where the procedure declares no output; of a subscription, what it yields. */
  readonly output?: Shape | undefined
}

/** A router in shapes: what the SDK, the contract and the plain JSON endpoint are made from. */
export interface RouterDescription {
  /** By path (`messages.rooms.direct`), sorted. */
  readonly procedures: ReadonlyMap<string, ProcedureDescription>
  /** The named shapes, sorted. */
  readonly shapes: Shapes
  /** Whether the router has a transformer (superjson): without one, dates arrive as strings. */
  readonly transformed: boolean
  /** What could not be told, such as a procedure without `.output()`. */
  readonly warnings: readonly string[]
}

export interface DescribeOptions {
  /** Turns warnings into errors. */
  readonly strict?: boolean | undefined
}

/** A router that cannot be described; `problems` lists every reason with its place. */
export class DescribeError extends Error {
  override readonly name = 'DescribeError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * Reads a tRPC 11 router at run time: every procedure with its meta, input and output, and the named shapes.
 * @throws DescribeError with every schema that has no form on the wire
 */
export function describeRouter(router: unknown, options: DescribeOptions = {}): RouterDescription {
  const { procedures, transformed } = readRouter(router)
  const walker = createWalker()
  const problems: string[] = []
  const warnings: string[] = []
  const described: [string, Described][] = []
  for (const [path, procedure] of procedures) {
    try {
      const description = describeProcedure(path, procedure, walker)
      if (description.output === undefined) warnings.push(`${path}: no output schema, so its type is unknown`)
      described.push([path, description])
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  if (options.strict) problems.push(...warnings)
  const shapes = problems.length > 0 ? new Map<string, Shape>() : finish(walker, problems)
  if (problems.length > 0) throw new DescribeError(problems)
  const merged = described.map(([path, entry]) => [path, mergeInput(entry, shapes)] as const)
  if (!transformed) {
    for (const [path, { input, output }] of merged) {
      problems.push(...lostInJson(input, `${path} input`, shapes), ...lostInJson(output, `${path} output`, shapes))
    }
    if (problems.length > 0) throw new DescribeError(problems)
  }
  return { procedures: new Map(merged), shapes, transformed, warnings }
}

/** What plain JSON would lose or refuse, where the router has no transformer. */
function lostInJson(shape: Shape | undefined, place: string, shapes: Shapes, seen = new Set<string>()): string[] {
  if (shape === undefined) return []
  if (shape.kind === 'bigint' || shape.kind === 'map' || shape.kind === 'set') {
    return [`${place}: a ${shape.kind} needs a transformer, such as superjson, on the router`]
  }
  if (shape.kind !== 'ref') return childrenOf(shape).flatMap((child) => lostInJson(child, place, shapes, seen))
  if (seen.has(shape.name)) return []
  seen.add(shape.name)
  return lostInJson(shapes.get(shape.name), place, shapes, seen)
}

function finish(walker: Walker, problems: string[]): Map<string, Shape> {
  try {
    return walker.finish()
  } catch (error) {
    problems.push(messageOf(error))
    return new Map()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function readRouter(router: unknown): { procedures: [string, unknown][]; transformed: boolean } {
  const def = property(router, '_def')
  const procedures = property(def, 'procedures')
  if (!isRecord(procedures)) throw new DescribeError(['this is not a tRPC router: it has no _def.procedures'])
  const lazy = Object.keys(property(def, 'lazy') ?? {})
  if (lazy.length > 0) throw new DescribeError(lazy.map((path) => `${path}: lazy routers have to be imported directly`))
  const serialize = property(property(property(property(def, '_config'), 'transformer'), 'output'), 'serialize')
  const sorted = Object.entries(procedures).sort(([a], [b]) => (a < b ? -1 : 1))
  return { procedures: sorted, transformed: transforms(serialize) }
}

/** Without a transformer tRPC has one that gives back what it gets. */
function transforms(serialize: unknown): boolean {
  const probe = new Date(0)
  return typeof serialize === 'function' && serialize(probe) !== probe
}

interface Described extends ProcedureDescription {
  readonly inputs: readonly Shape[]
}

function describeProcedure(path: string, procedure: unknown, walker: Walker): Described {
  const def = property(procedure, '_def')
  const type = property(def, 'type')
  if (type !== 'query' && type !== 'mutation' && type !== 'subscription') {
    throw new Error(`${path}: this is not a procedure of tRPC 11`)
  }
  const meta = parseMeta(property(def, 'meta'))
  const declared = property(def, 'inputs')
  const walk = (schema: unknown, io: Direction) => walker.walk(zodSchema(schema, `${path} ${io}`), io, `${path} ${io}`)
  const inputs = (Array.isArray(declared) ? declared : []).map((schema) => walk(schema, 'input'))
  const output = (type === 'subscription' ? meta.event : undefined) ?? property(def, 'output')
  return { type, meta, inputs, output: output === undefined ? undefined : walk(output, 'output') }
}

function zodSchema(schema: unknown, place: string): $ZodType {
  if (isZod(schema)) return schema
  throw new Error(`${place}: this is not a schema of zod 4`)
}

function isZod(schema: unknown): schema is $ZodType {
  return isRecord(property(schema, '_zod')) && isRecord(property(property(schema, '_zod'), 'def'))
}

/** Several inputs are merged as tRPC merges them: each parses the whole input, and their results are joined. */
function mergeInput({ inputs, ...description }: Described, shapes: Shapes): ProcedureDescription {
  const [first, ...others] = inputs
  if (first === undefined) return description
  const input = others.reduce((left, right) => mergeShapes(left, right, shapes), first)
  return input.kind === 'void' || input.kind === 'undefined' ? description : { ...description, input }
}

function mergeShapes(left: Shape, right: Shape, shapes: Shapes): Shape {
  const [a, b] = [resolve(left, shapes), resolve(right, shapes)]
  if (a?.kind !== 'object' || b?.kind !== 'object') return { kind: 'intersection', members: [left, right] }
  const names = new Set(a.fields.map((field) => field.name))
  if (b.fields.some((field) => names.has(field.name)) || a.unknownKeys !== 'strip' || b.unknownKeys !== 'strip') {
    return { kind: 'intersection', members: [left, right] }
  }
  return { kind: 'object', fields: [...a.fields, ...b.fields], unknownKeys: 'strip' }
}

/** The top router that a procedure is in; those of the root itself are `general`. */
export function topRouterOf(path: string): string {
  const [top = '', ...others] = path.split('.')
  return others.length === 0 ? 'general' : top
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object'
}

function property(value: unknown, key: string): unknown {
  return value !== null && (typeof value === 'object' || typeof value === 'function')
    ? Reflect.get(value, key)
    : undefined
}
