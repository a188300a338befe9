import type { Person } from '../../../test/server.ts'
import { importsOf } from '../../royalties/imports/imports.fixture.ts'

type Deed = () => Promise<{ by: string | null; target: string | null; details?: object }>

/** What somebody who keeps the accounts does with files. */
export function deedsWithImports({ client, user }: Person): Record<string, Deed> {
  const by = user.id
  const imports = importsOf(client)
  return {
    'royalties.imports.create': async () => {
      const { id } = await imports.run({ kind: 'tracks' }, 'track id;title\r\nt-1;One\r\n')
      return { by, target: id, details: { kind: 'tracks' } }
    },
    'royalties.imports.resolve': async () => {
      const rows = 'date;user_id;region;track id;seconds\r\n01/06/2040;nobody;NL;t-1;5\r\n'
      const { id } = await imports.run({ kind: 'streams' }, rows)
      await client.royalties.imports.resolve({ importId: id, lines: [2], action: 'discard' })
      return { by, target: id }
    },
  }
}
