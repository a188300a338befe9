const longestPause = 1_440

/** After how many minutes a source is fetched again: after failures soon, then more and more rarely, up to its own time or a day. */
export function pauseMinutes({ everyMinutes, failures }: { everyMinutes: number; failures: number }): number {
  return failures === 0 ? everyMinutes : Math.min(2 ** (failures - 1), everyMinutes, longestPause)
}
