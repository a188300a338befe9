import type { Parameters } from 'fast-check'

const { RUNS: count, SEED: replayed, FAILED_PATH: path } = process.env

/** Named by tests, so that a failure can be played again: SEED=... FAILED_PATH=... */
export const seed = Number(replayed ?? (Math.random() * 2 ** 31) | 0)

/** As many runs of a property as fit into a while; RUNS of them where that says how many. What is replayed is shrunk, too. */
export function runsFor<Given>(forMs: number): Parameters<Given> {
  const limits =
    count === undefined && path === undefined
      ? { numRuns: 1_000, interruptAfterTimeLimit: forMs, markInterruptAsFailure: false }
      : { numRuns: Number(count ?? 1) }
  return { seed, ...limits, ...(path === undefined ? { endOnFailure: true } : { path }) }
}
