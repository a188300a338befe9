/** What carries rings between instances, and may lose them. */
export interface Wire {
  /** Calls back at each ring of another instance, and where some may have been missed. */
  listen(onRing: () => void): void
  ring(): Promise<void>
  close(): Promise<void>
}

/** Tells all instances that something may be there to read. Lost rings cost promptness, nothing else. */
export interface Doorbell {
  /** After a commit. This instance hears it at once; at most one ring each 20 ms goes out to the others. */
  ring(): void
  close(): Promise<void>
}

const ringEveryMs = 20

export function createDoorbell({ wire, onRing }: { wire: Wire; onRing: () => void }): Doorbell {
  let isClosed = false
  let ringing: NodeJS.Timeout | undefined
  wire.listen(onRing)
  return {
    ring() {
      onRing()
      if (isClosed || ringing !== undefined) return
      ringing = setTimeout(() => {
        ringing = undefined
        wire.ring().catch(() => {})
      }, ringEveryMs).unref()
    },
    async close() {
      isClosed = true
      clearTimeout(ringing)
      await wire.close()
    },
  }
}
