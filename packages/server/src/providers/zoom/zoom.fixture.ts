import { onTestFinished } from 'vitest'
import { startZoomServer, type ZoomServerOptions } from '../../demo/zoom/server.ts'
import { newId } from '../../ids.ts'
import { ProviderError, type RoomPlan } from '../provider.ts'
import { createMemoryTokens } from './api/tokens.ts'
import { zoomUrls } from './api/urls.ts'
import { createZoom, type ZoomOptions } from './zoom.ts'

export const webhookSecret = 'webhook-secret'

/** A server that behaves as Zoom does, with two users, and what is connected to it. */
export async function openZoom(options: ZoomServerOptions = {}, own: Partial<ZoomOptions> = {}) {
  const server = await startZoomServer(options)
  onTestFinished(() => server.close())
  const ann = server.addUser({ id: 'ann-id', email: 'ann@example.com', firstName: 'Ann', lastName: 'Alvarez' })
  const bob = server.addUser({ id: 'bob-id', email: 'bob@example.com', firstName: 'Bob', lastName: 'Brandt' })
  const counted: string[] = []
  const settings: ZoomOptions = {
    ...{ ...server.app(), webhookSecret, baseUrls: zoomUrls(server.url), tokens: createMemoryTokens() },
    countCall: (category) => counted.push(category),
    ...own,
  }
  const paths = (prefix = '/v2') =>
    server.log.map(({ method, path }) => `${method} ${path}`).filter((line) => line.includes(prefix))
  return { server, ann, bob, counted, settings, zoom: createZoom(settings), paths }
}

export const options = {
  get signal() {
    return AbortSignal.timeout(60_000)
  },
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

/** The problem of what was thrown; what it gave where nothing was. */
export async function problemOf(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => (error instanceof ProviderError ? error.problem : error))
}

export async function errorOf(work: Promise<unknown>): Promise<ProviderError> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (error instanceof ProviderError) return error
  throw new Error(`This was no ProviderError: ${String(error)}`)
}

export const planOf = (plan: Partial<RoomPlan> = {}): RoomPlan => ({
  meetingId: newId('meeting'),
  host: { id: newId('user'), name: 'Ann', email: 'ann@example.com' },
  ...{ title: 'Rehearsal', description: 'Bring the tenor parts.', startsAt: new Date('2030-05-06T16:00:00Z') },
  ...{ durationMinutes: 90, timeZone: 'Europe/Berlin', recurrence: null, passcode: null, lobby: false },
  ...plan,
})
