import { z } from 'zod'

/** What people are told of a meeting, as a job carries it until then. */
export const news = z.object({
  what: z.enum(['invited', 'changed', 'off', 'uninvited']),
  /** Of a series, the times that were changed by themselves, by their `originalAt`. */
  times: z.array(z.iso.datetime()).default([]),
})

export type News = z.infer<typeof news>

/** More of them are not told one by one. */
export const maxTimes = 10

/**
 * What is left to tell where something else was to be told before: nothing of an invitation that is taken back before anybody
 * heard of it. An invitation says all that there is; of changes in a row each counts.
 */
export function merge(before: News | undefined, after: News): News | undefined {
  if (before === undefined) return after
  if (before.what === 'invited') return after.what === 'changed' || after.what === 'invited' ? before : undefined
  // They have heard of it: so it is no news that they are invited, after all.
  if (after.what === 'invited') return { ...after, what: 'changed' }
  if (after.what !== 'changed' || before.what !== 'changed') return after
  return { what: 'changed', times: [...new Set([...before.times, ...after.times])].slice(0, maxTimes + 1) }
}
