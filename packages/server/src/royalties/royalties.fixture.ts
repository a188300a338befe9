import type { AntiphonClient, Label, LabelId, Listener, ListenerId, Stream, Track, TrackId } from '@antiphon/client'
import type { Person, startTestServer } from '../../test/server.ts'

type TestServer = Pick<Awaited<ReturnType<typeof startTestServer>>, 'signUp' | 'query'>

/** Somebody who keeps the accounts, signed in. */
export async function accountant({ signUp, query }: TestServer, userName?: string): Promise<Person> {
  const person = await signUp(userName)
  await query(`update users set roles = '{royalties}' where id = $1`, [person.user.id])
  return person
}

let made = 0

export interface GivenTrack {
  externalId?: string
  title?: string
  /** Who gets all of it. */
  labelId?: LabelId
  /** Who gets which part of it, from a period on. */
  shares?: readonly { labelId: LabelId; sharePpm: number }[]
  from?: string
}

export interface GivenFee {
  period: string
  grossMinor: bigint
  currency?: string
  origin?: string
  plan?: string
}

export interface GivenStream {
  playedOn: string
  listenerId: ListenerId
  trackId: TrackId
  seconds: number
  region?: string
  late?: boolean
}

/** The catalogue by way of a client of somebody who keeps the accounts: what is left out is made up. */
export function catalogueOf({ royalties }: AntiphonClient) {
  return {
    label: (name = `Label ${++made}`): Promise<Label> => royalties.labels.create({ name }),

    async track({ externalId = `track-${++made}`, title, labelId, shares, from }: GivenTrack = {}): Promise<Track> {
      const track = await royalties.tracks.create({ externalId, title, labelId })
      if (shares === undefined) return track
      await royalties.rights.set({ trackId: track.id, from, shares: [...shares] })
      return royalties.tracks.get({ trackId: track.id })
    },

    /** With a fee in euros by way of the web where one is given: 90 % of it counts. */
    listener(fee?: GivenFee, externalId = `listener-${++made}`): Promise<Listener> {
      return royalties.listeners.create({ externalId, fee: fee && { currency: 'EUR', origin: 'web', ...fee } })
    },

    stream: (given: GivenStream): Promise<Stream> => royalties.streams.create(given),
  }
}

/** Shuts a period behind the API's back, as a run or closing would. */
export async function shut(server: Pick<TestServer, 'query'>, period: string, state: 'frozen' | 'closed') {
  await server.query(
    `insert into royalty_periods (id, state) values ($1, $2) on conflict (id) do update set state = excluded.state`,
    [period, state],
  )
}

/** What the database adds up for a period: by payee, seconds and streams of the model by seconds; and the pool. */
export async function totalsOf({ query }: Pick<TestServer, 'query'>, period: string) {
  const rows = await query<{ payee: string; seconds: string; streams: string }>(
    `select payee, seconds, streams from royalty_totals where period = $1 and model = 'pro-rata-seconds'`,
    [period],
  )
  const [known] = await query<{ pool: string; listeners: number }>(
    `select pool_micro as pool, listeners from royalty_periods where id = $1`,
    [period],
  )
  return {
    payees: Object.fromEntries(rows.map(({ payee, seconds, streams }) => [payee, [Number(seconds), Number(streams)]])),
    poolMicro: BigInt(known?.pool ?? 0),
    listeners: known?.listeners ?? 0,
  }
}
