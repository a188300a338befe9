import { initTRPC } from '@trpc/server'
import superjson from 'superjson'
import { z } from 'zod'
import { buildContract, type Contract, describeRouter, diffContracts, type ErrorCodes } from '../src/index.ts'

interface Meta {
  summary?: string
  description?: string
  auth?: string
  scope?: string
  finite?: boolean
  errors?: readonly string[]
  idempotent?: boolean
  deprecated?: string
  event?: z.ZodType
}

/** What a test says of a procedure. */
export interface Sketch {
  type?: 'query' | 'mutation' | 'subscription'
  meta?: Meta
  input?: z.ZodType
  output?: z.ZodType
}

const t = initTRPC.meta<Meta>().create({ transformer: superjson })

function procedureOf({ type = 'mutation', meta = {}, input = z.void(), output = z.void() }: Sketch) {
  const start = t.procedure.meta(meta).input(input)
  if (type === 'subscription') return start.subscription(async function* () {})
  return type === 'query' ? start.output(output).query(() => null) : start.output(output).mutation(() => null)
}

/** The contract of a router with these procedures, as it is read from a file. */
export function contractOf(procedures: Record<string, Sketch>, errorCodes: ErrorCodes = {}): Contract {
  const entries = Object.entries(procedures).map(([name, sketch]) => [name, procedureOf(sketch)] as const)
  const router = t.router(Object.fromEntries(entries))
  return JSON.parse(JSON.stringify(buildContract(describeRouter(router), { version: '1.0.0', errorCodes })))
}

/** The differences of two contracts, a line each. */
export function changes(before: Contract, after: Contract): string[] {
  return diffContracts(before, after).map(({ path, place, kind, message }) => {
    return `${kind} | ${path}${place === '' ? '' : ` ${place}`} | ${message}`
  })
}

/** The differences between two forms of a procedure `p`. */
export function compare(before: Sketch, after: Sketch): string[] {
  return changes(contractOf({ p: before }), contractOf({ p: after }))
}
