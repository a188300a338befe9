import type { Db } from '../../db/connect.ts'
import type { Shares } from '../models/model.ts'
import { rightsIn } from './store.ts'

const nobody: Shares = []

/** More tracks than this are not remembered. */
const maxKnown = 100_000

/** Who gets which part of tracks in a period, as far as it was read. */
export class Rights {
  readonly #db: Db
  readonly #period: string
  readonly #known = new Map<number, Shares>()

  constructor(db: Db, period: string) {
    this.#db = db
    this.#period = period
  }

  /** Reads those of tracks. */
  async read(trackKeys: Iterable<number>): Promise<void> {
    const wanted = [...trackKeys]
    if (this.#known.size > maxKnown) this.#known.clear()
    const unknown = wanted.filter((key) => !this.#known.has(key))
    if (unknown.length === 0) return
    const rows = await rightsIn(this.#db, this.#period, unknown)
    const byTrack = Map.groupBy(rows, ({ trackKey }) => trackKey)
    for (const key of unknown) this.#known.set(key, byTrack.get(key) ?? nobody)
  }

  /** Of a track that was read. */
  readonly of = (trackKey: number): Shares => {
    const shares = this.#known.get(trackKey)
    if (shares === undefined) throw new Error(`The rights of track ${trackKey} were not read.`)
    return shares
  }
}
