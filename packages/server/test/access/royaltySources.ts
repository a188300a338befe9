import type { SourceId } from '@antiphon/client'
import { forAnyone, type Row } from './world.ts'

const sourceId: SourceId = `src_${'0'.repeat(26)}`
const given = { name: 'Matrix', kind: 'tracks' as const, url: 'https://files.example.com/tracks.csv', everyMinutes: 60 }

/** For accountants, and for services in their own name. */
const keeping = (answer: string): Row['answers'] => ({
  ...forAnyone('NOT_ALLOWED'),
  ...{ service: answer, anonymous: 'NOT_SIGNED_IN', revoked: 'TOKEN_INVALID' },
})

/** The rows of sources of imports; nothing is fetched. */
export const royaltySources: Record<string, Row> = {
  'royalties.sources.create': {
    call: (client) => client.royalties.sources.create({ ...given, paused: true }),
    answers: keeping('ok'),
  },
  'royalties.sources.list': { call: (client) => client.royalties.sources.list(), answers: keeping('ok') },
  'royalties.sources.update': {
    call: (client) => client.royalties.sources.update({ sourceId, name: 'New' }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.sources.remove': {
    call: (client) => client.royalties.sources.remove({ sourceId }),
    answers: keeping('NOT_FOUND'),
  },
}
