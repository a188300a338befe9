import type { z } from 'zod'
import { type CallOptions, type LiveParticipant, type LiveSession, ProviderError } from '../provider.ts'
import type { Told, ZoomApi } from './api/client.ts'
import { pathPart } from './api/urls.ts'
import { factsOf, kindOf, personOf } from './facts.ts'
import { liveMeetings, liveParticipants } from './shapes.ts'

/** What Zoom tells accounts of the plan Business and above about everything that runs. */
export interface Dashboard {
  /** False for a while after Zoom refused it. */
  isLikely(): boolean
  /** Everything that runs; undefined where the account has no Dashboards. */
  begin(options: CallOptions): Promise<AsyncIterable<LiveSession> | undefined>
  participants(meeting: string, options: CallOptions): Promise<readonly LiveParticipant[]>
  /** Whether the account has them, asked now. */
  probe(options: CallOptions): Promise<boolean>
}

const askAgainMs = 3_600_000
const dayMs = 86_400_000

export function createDashboard(api: ZoomApi): Dashboard {
  let refusedAt = Number.NEGATIVE_INFINITY
  const begin = async ({ signal }: CallOptions) => {
    // Zoom wants days, and counts them in zones of its own.
    const day = (days: number) =>
      api.clock
        .toZoom(Date.now() + days * dayMs)
        .toISOString()
        .slice(0, 10)
    const query = { type: 'live', from: day(-1), to: day(0) }
    const pages = api.pages(liveMeetings, { category: 'heavy', path: '/metrics/meetings', query, signal })
    try {
      const all = await begun(pages)
      refusedAt = Number.NEGATIVE_INFINITY
      return all
    } catch (error) {
      if (kindOf(error) !== 'forbidden') throw error
      refusedAt = Date.now()
      return undefined
    }
  }
  return {
    isLikely: () => Math.abs(Date.now() - refusedAt) > askAgainMs,
    async begin(options) {
      const pages = await begin(options)
      return pages && sessionsOf(pages)
    },
    probe: async (options) => (await begin(options)) !== undefined,
    async participants(meeting, { signal }) {
      const path = `/metrics/meetings/${pathPart(meeting)}/participants`
      const present: LiveParticipant[] = []
      const call = { category: 'heavy', path, query: { type: 'live' }, signal } as const
      try {
        for await (const { data } of api.pages(liveParticipants, call)) {
          const here = data.participants.filter(({ leave_time }) => leave_time === undefined)
          present.push(...here.map(personOf).filter((person) => person !== undefined))
        }
      } catch (error) {
        if (kindOf(error) !== 'forbidden') throw error
        throw missingDashboard(error)
      }
      return present
    },
  }
}

export function missingDashboard(cause?: unknown): ProviderError {
  const words =
    'Zoom tells who is in a meeting only to apps with the Dashboard scopes in accounts of the plan Business or above.'
  return new ProviderError({ kind: 'forbidden' }, words, { cause })
}

/** The same pages, of which the first one has been read. */
async function begun<Page>(pages: AsyncGenerator<Page>): Promise<AsyncGenerator<Page>> {
  const first = await pages.next()
  return (async function* () {
    if (first.done !== true) yield first.value
    yield* pages
  })()
}

type Page = Told<z.output<typeof liveMeetings>>

async function* sessionsOf(pages: AsyncIterable<Page>): AsyncGenerator<LiveSession> {
  for await (const { data, observedAt } of pages) {
    for (const { id, uuid, topic, host, email, start_time = null, participants = null } of data.meetings) {
      const room = factsOf({ topic, host, host_email: email })
      const counted = { startedAt: start_time, participantCount: participants }
      yield { externalId: id, sessionKey: uuid, ...counted, room, observedAt }
    }
  }
}
