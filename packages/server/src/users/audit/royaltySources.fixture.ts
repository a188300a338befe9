import type { SourceId } from '@antiphon/client'
import type { Person } from '../../../test/server.ts'

type Deed = () => Promise<{ by: string | null; target: string | null; details?: object }>

/** What accountants do with sources of imports. */
export function deedsWithSources({ client, user }: Person): Record<string, Deed> {
  const { sources } = client.royalties
  const withSource = async (deed: (sourceId: SourceId) => Promise<unknown>) => {
    const given = { name: 'Audited', kind: 'tracks', url: 'https://files.example.com/x', everyMinutes: 60 } as const
    const { id } = await sources.create({ ...given, paused: true })
    await deed(id)
    return { by: user.id, target: id }
  }
  return {
    'royalties.sources.create': () => withSource(async () => {}),
    'royalties.sources.update': async () => ({
      ...(await withSource((sourceId) => sources.update({ sourceId, name: 'New' }))),
      details: { fields: 'name' },
    }),
    'royalties.sources.remove': () => withSource((sourceId) => sources.remove({ sourceId })),
  }
}
