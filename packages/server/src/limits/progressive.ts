import { type CountStore, createCounter, type Limit, type Taken } from './counter.ts'

/** A limit whose exhaustion costs a pause, each longer than the last. */
export interface ProgressiveLimit extends Limit {
  firstPauseSeconds: number
  longestPauseSeconds: number
  /** Pauses are forgotten when there was none for so long. */
  rememberedSeconds: number
}

/** An attempt that was counted before its outcome is known. */
export interface Attempt extends Taken {
  /** To be called when the attempt goes ahead: the last one of a round begins the pause. */
  goAhead(): Promise<void>
  /** Forgets count and pauses. */
  clear(): Promise<void>
}

/** The count during a pause: so far above all limits that points which are given back late do not end it. */
const paused = 2_000_000
const pausedFrom = paused / 2

/** Counts attempts; after each round of `times` there is a pause, twice as long as the one before. */
export function createProgressive(store: CountStore, name: string, limit: ProgressiveLimit) {
  const failures = createCounter(store, name, limit)
  const rounds = createCounter(store, `${name}-rounds`, {
    times: Number.MAX_SAFE_INTEGER,
    seconds: limit.rememberedSeconds,
  })
  const pause = async (whom: readonly string[]) => {
    const round = (await rounds.get(whom)) + 1
    const seconds = Math.min(limit.firstPauseSeconds * 2 ** (round - 1), limit.longestPauseSeconds)
    await Promise.all([failures.set(whom, paused, seconds), rounds.set(whom, round, limit.rememberedSeconds)])
  }
  return {
    async take(whom: readonly string[]): Promise<Attempt> {
      const taken = await failures.take(whom)
      const isPaused = taken.points > pausedFrom
      return {
        ...taken,
        // Refused before the last one of the round has gone ahead: the pause is about to begin.
        waitMs: isPaused ? taken.waitMs : Math.min(taken.waitMs, limit.firstPauseSeconds * 1_000),
        giveBack: async () => {
          if (!isPaused) await taken.giveBack()
        },
        goAhead: async () => {
          if (taken.points === limit.times) await pause(whom)
        },
        clear: async () => {
          await Promise.all([failures.clear(whom), rounds.clear(whom)])
        },
      }
    },
  }
}
