export interface Poll {
  /** Runs the work now. */
  readonly wake: () => void
  readonly stop: () => void
}

/** Runs `work` now and `everyMs` after each end while the tab is visible, and at once when it comes back. */
export function poll(work: () => Promise<void>, everyMs: number): Poll {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isRunning = false
  let isWanted = false
  let isStopped = false
  const wake = async () => {
    clearTimeout(timer)
    isWanted = true
    if (isRunning || isStopped || document.hidden) return
    isRunning = true
    while (isWanted && !isStopped) {
      isWanted = false
      await work()
    }
    isRunning = false
    if (!isStopped) timer = setTimeout(wake, everyMs)
  }
  document.addEventListener('visibilitychange', wake)
  addEventListener('online', wake)
  void wake()
  return {
    wake,
    stop() {
      isStopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', wake)
      removeEventListener('online', wake)
    },
  }
}
