import type { ProcedureDescription } from './router.ts'
import { flatParameters, isFlat } from './shape/flatFields.ts'
import type { Shapes } from './shape/shape.ts'

/** Whether a procedure is a subscription that ends by itself, and so a list as well. */
export function isDownload({ type, meta }: ProcedureDescription): boolean {
  return type === 'subscription' && meta.finite === true
}

/**
 * How a procedure is called as plain JSON. Mutations: by POST. Queries: by GET too, where their input can be flat
 * parameters. Subscriptions that end by themselves: by GET, or by POST where their input cannot be listed as parameters.
 * Other subscriptions: not at all.
 */
export function plainMethods(procedure: ProcedureDescription, shapes: Shapes): readonly ('GET' | 'POST')[] {
  const { type, input } = procedure
  if (type === 'mutation') return ['POST']
  if (type === 'subscription' && !isDownload(procedure)) return []
  if (input !== undefined && !isFlat(input, shapes)) return ['POST']
  const isListed = input === undefined || flatParameters(input, shapes) !== undefined
  return type === 'subscription' && isListed ? ['GET'] : ['GET', 'POST']
}
