import { z } from 'zod'
import type { Opened } from '../app.ts'
import type { Db } from '../db/connect.ts'
import { connectables } from '../providers/connectable.ts'
import { maxConnections } from '../sessions/connections/accounts.ts'
import { keep } from '../sessions/connections/connect.ts'
import { listAccounts, updateConnection } from '../sessions/connections/store.ts'
import { findUser } from '../users/store.ts'
import { demoUser, oneAtATime } from './demo.ts'
import { type DemoZoom, startDemoZoom } from './zoom/script.ts'

/** Of the demo alone: where its Zoom listens is kept with the account, so that all servers of the database find it. */
const demoSettings = z.object({ accountId: z.string(), url: z.url() })

/**
 * Has the demo connected to a Zoom on loopback, in this process unless another one of the same database has it; it tells the
 * server at `ownUrl` what happens. What is to be closed with the process, where it is this one.
 */
export function ensureDemoZoom(
  opened: Omit<Opened, 'antiphon' | 'storage'>,
  ownUrl: string,
): Promise<DemoZoom | undefined> {
  return oneAtATime(opened.db, async (db) => {
    const user = await findUser(db, { userName: demoUser })
    const known = await findDemoAccount(db)
    if (user === undefined || (known !== undefined && (await answers(known.url)))) return undefined
    const zoom = await startDemoZoom({ port: 0 })
    try {
      const { webhookSecret, clientSecret, ...app } = zoom.credentials
      const settings = { ...app, url: zoom.server.url }
      const secrets = { webhookSecret, clientSecret }
      const id = known?.id ?? (await connect({ ...opened, db }, { settings, secrets, userId: user.id }))
      if (known !== undefined) await updateConnection(db, id, { settings, token: null })
      await zoom.server.setWebhook({ url: `${ownUrl}/webhooks/zoom/${id}`, secret: webhookSecret })
      return zoom
    } catch (error) {
      await zoom.server.close()
      throw error
    }
  })
}

async function findDemoAccount(db: Db) {
  for (const { id, settings } of await listAccounts(db, maxConnections)) {
    const { data } = demoSettings.safeParse(settings)
    if (data !== undefined) return { id, url: data.url }
  }
  return undefined
}

/** Whether somebody listens there. */
function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    async ({ body }) => {
      await body?.cancel()
      return true
    },
    () => false,
  )
}

interface Wanted {
  readonly settings: object
  readonly secrets: object
  readonly userId: NonNullable<Awaited<ReturnType<typeof findUser>>>['id']
}

async function connect(
  { db, vault, accounts }: Omit<Opened, 'antiphon' | 'storage'>,
  { settings, secrets, userId }: Wanted,
) {
  const kind = connectables.get('zoom')
  if (kind === undefined) throw new Error('There is no provider "zoom".')
  const trial = await accounts.try(kind, settings, secrets)
  const candidate = { kind, name: 'Demo Zoom', settings, secrets, defaultPasscode: 'sing-along', trial }
  return db.transaction().execute((tx) => keep(tx, vault, candidate, userId))
}
