import type { AntiphonClient, ConnectionId } from '@antiphon/client'
import { afterAll } from 'vitest'
import { startZoomServer, type ZoomServer, type ZoomServerOptions } from '../../demo/zoom/server.ts'

export const webhookSecret = 'secret-token-of-the-app-0123456789'

/** An account at Zoom, played on loopback, until the tests of the file end. */
export async function startZoom(options: ZoomServerOptions = {}): Promise<ZoomServer> {
  const zoom = await startZoomServer(options)
  zoom.addUser({ email: 'owner@example.org', firstName: 'Olga', lastName: 'Owner' })
  afterAll(() => zoom.close())
  return zoom
}

/** What an administrator types in. */
export function accountOf(zoom: ZoomServer) {
  return { provider: 'zoom' as const, name: 'School', ...zoom.app(), webhookSecret }
}

export function connectTo(client: AntiphonClient, zoom: ZoomServer) {
  return client.sessions.providers.connect(accountOf(zoom))
}

/** How often it was asked for a token. */
export function tokensOf(zoom: ZoomServer): number {
  return zoom.log.filter(({ method, path }) => method === 'POST' && path.startsWith('/oauth/token')).length
}

/** Where a connection hears of things, at one of several servers. */
export function webhookOf(url: string, id: ConnectionId) {
  return { url: `${url}/webhooks/zoom/${id}`, secret: webhookSecret }
}
