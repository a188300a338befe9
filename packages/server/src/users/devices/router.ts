import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { deviceId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { devicePage, listInput, revokeInput } from './schema.ts'
import { deleteDevice, deleteDevicesOf, listDevices } from './store.ts'
import { oldestAlive } from './tokens.ts'

const time = z.iso.datetime().transform((text) => new Date(text))

export const devicesRouter = router({
  list: signedIn
    .meta({ summary: 'Where you are signed in, the last used first.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(devicePage)
    .query(async ({ ctx, input: { limit, cursor } }) => {
      const position = decodeCursor(cursor, z.tuple([time, deviceId]))
      const page = { ...oldestAlive(ctx.sessions), position, limit: limit + 1 }
      const rows = await listDevices(ctx.db, ctx.auth.userId, page)
      const { items, nextCursor } = toPage(rows, limit, ({ lastSeenAt, id }) => [lastSeenAt, id])
      return { items: items.map((row) => ({ ...row, current: row.id === ctx.auth.deviceId })), nextCursor }
    }),

  revoke: signedIn
    .meta({
      summary: 'Sign out a device, or all but this one.',
      description: 'Its token stops working at once, and its streams end within five seconds.',
      errors: ['NOT_FOUND'],
    })
    .input(revokeInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      if ('deviceId' in input) await requireAccess(ctx.db, ctx.auth, 'device.revoke', [input.deviceId])
      await ctx.db.transaction().execute(async (tx) => {
        if ('deviceId' in input) await deleteDevice(tx, input.deviceId)
        else await deleteDevicesOf(tx, ctx.auth.userId, ctx.auth.deviceId)
        await audit(tx, ctx, {
          action: 'users.devices.revoke',
          target: 'deviceId' in input ? input.deviceId : 'others',
        })
      })
    }),
})
