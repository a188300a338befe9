/** Looks up keys by external ids, those that there are. */
type Find = (ids: readonly string[]) => Promise<readonly { externalId: string; key: number }[]>

/** Keys by external ids that are looked up once, as long as they are not too many. */
export interface Keys {
  /** Looks up what is not known of these. */
  know(ids: Iterable<string>): Promise<void>
  get(id: string): number | undefined
}

const most = 250_000

export function createKeys(find: Find, limit = most): Keys {
  const known = new Map<string, number>()
  return {
    async know(ids) {
      const all = new Set(ids)
      let missing = [...all].filter((id) => !known.has(id))
      if (known.size + missing.length > limit) {
        known.clear()
        missing = [...all]
      }
      if (missing.length === 0) return
      for (const { externalId, key } of await find(missing.sort())) known.set(externalId, key)
    },
    get: (id) => known.get(id),
  }
}
