import type { AntiphonClient, Import } from '@antiphon/client'
import { expect, vi } from 'vitest'

type Asked = Omit<Parameters<AntiphonClient['royalties']['imports']['create']>[0], 'uploadId'>

/** Imports by way of the client of somebody who keeps the accounts. */
export function importsOf(client: AntiphonClient) {
  const { imports } = client.royalties

  const begin = async (asked: Asked, bytes: string | Uint8Array): Promise<Import> => {
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    const type = typeof bytes === 'string' ? 'text/csv' : 'application/octet-stream'
    const { id } = await client.uploads.upload(Uint8Array.from(data), { name: 'file.csv', type })
    return imports.create({ ...asked, uploadId: id })
  }

  const ended = (importId: Import['id']): Promise<Import> =>
    vi.waitFor(
      async () => {
        const now = await imports.get({ importId })
        expect(['done', 'failed', 'duplicate']).toContain(now.state)
        return now
      },
      { timeout: 30_000, interval: 30 },
    )

  return {
    begin,
    ended,
    /** Uploads, imports and waits for the end. */
    run: async (asked: Asked, bytes: string | Uint8Array) => ended((await begin(asked, bytes)).id),

    problems: async (importId: Import['id'], open = true) => {
      const { items } = await imports.problems({ importId, open, limit: 200 })
      return items.map(({ line, code }) => `${line} ${code}`)
    },
  }
}
