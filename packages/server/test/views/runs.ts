import type { Parameters } from 'fast-check'

const { RUNS: count, SEED: replayed, FAILED_PATH: path } = process.env

/** Named by tests, so that a failure can be played again: SEED=... FAILED_PATH=... */
export const seed = Number(replayed ?? (Math.random() * 2 ** 31) | 0)

const isFree = count === undefined && path === undefined

/** How often a property is tried: RUNS says it, else `forAWhile` does. What is replayed is shrunk, too. */
export function runs<Given>(): Parameters<Given> {
  return {
    seed,
    numRuns: isFree ? 1_000 : Number(count ?? 1),
    ...(path === undefined ? { endOnFailure: true } : { path }),
  }
}

/** As many runs as fit into a while, one at least: on a slow machine the first may take longer than that. */
export function forAWhile<Given extends unknown[]>(ms: number, run: (...given: Given) => Promise<void>): typeof run {
  let until = Number.POSITIVE_INFINITY
  return async (...given) => {
    if (isFree && Date.now() > until) return
    if (until === Number.POSITIVE_INFINITY) until = Date.now() + ms
    await run(...given)
  }
}
