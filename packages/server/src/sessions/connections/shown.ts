import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { ConnectionId } from '../../ids.ts'
import type { Checked } from '../../providers/connectable.ts'
import { zoomSettings } from '../../providers/schema.ts'
import { type ConnectionRecord, callsToday, listConnections } from './store.ts'

/** Where the webhooks of a source come in, below the server's address. */
export const webhooksPath = '/webhooks'

/** What is kept of a check. */
export function detailsOf({ accountName, notes, limits }: Checked): object {
  return { accountName, notes, limits }
}

const details = z.object({
  accountName: z.string().nullable().default(null),
  notes: z.array(z.string()).default([]),
  limits: z.record(z.string(), z.number().nullable()).default({}),
})

interface Means {
  readonly db: Db
  readonly publicUrl: () => string
}

/** Connections as administrators see them, in the same order. */
export async function shownConnections({ db, publicUrl }: Means, records: readonly ConnectionRecord[]) {
  const counted = Map.groupBy(
    await callsToday(
      db,
      records.map(({ id }) => id),
    ),
    ({ source }) => source,
  )
  return records.map(({ details: found, settings, ...record }) => {
    const { accountName, notes, limits } = details.parse(found)
    const calls = new Map((counted.get(record.id) ?? []).map(({ category, calls }) => [category, calls]))
    const categories = [...new Set([...Object.keys(limits), ...calls.keys()])]
    return {
      ...record,
      ...zoomSettings.parse(settings),
      ...{ accountName, notes },
      webhookUrl: `${publicUrl().replace(/\/+$/, '')}${webhooksPath}/${record.provider}/${record.id}`,
      callsToday: categories.map((category) => ({
        ...{ category, calls: calls.get(category) ?? 0, limit: limits[category] ?? null },
      })),
    }
  })
}

/** @throws NOT_FOUND */
export async function shownConnection(means: Means, id: ConnectionId) {
  const [one] = await shownConnections(means, await listConnections(means.db, { id, limit: 1 }))
  if (one === undefined) throw new ApiError('NOT_FOUND')
  return one
}
