import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ZoomAccount } from '../account.ts'
import type { ApiServer } from './api.ts'
import type { createOauth } from './oauth.ts'
import { roomPage, signInPage } from './page.ts'
import { sendJson, sendPage } from './send.ts'

interface Options {
  readonly account: ZoomAccount
  readonly oauth: ReturnType<typeof createOauth>
  readonly api: ApiServer
  /** The host that has the files. */
  readonly filesUrl: () => string
}

/** Everything under Zoom's own address. */
export function createFront({ account, oauth, api, filesUrl }: Options) {
  const download = (response: ServerResponse, file: string, token: string) => {
    if (!oauth.holds(token) && !api.mayDownload(token, file)) return sendPage(response, 200, signInPage)
    response.writeHead(302, { location: `${filesUrl()}/files/${file}?signature=good` }).end()
  }
  return (request: IncomingMessage, response: ServerResponse, body: string) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://zoom')
    const { authorization } = request.headers
    if (pathname === '/oauth/token') {
      const form = new URLSearchParams([...searchParams, ...new URLSearchParams(body)])
      const issued = request.method === 'POST' ? oauth.issue(authorization, form) : { status: 405, body: {} }
      return sendJson(response, issued.status, issued.body)
    }
    if (pathname.startsWith('/v2/')) return api.serve(request, response, body)
    const [, file] = /^\/rec\/download\/([\w-]+)$/.exec(pathname) ?? []
    if (file !== undefined) return download(response, file, /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '')
    const [, room] = /^\/j\/(\d+)$/.exec(pathname) ?? []
    const meeting = room === undefined ? undefined : account.state.meetings.get(Number(room))
    sendPage(response, meeting === undefined ? 404 : 200, roomPage(meeting))
  }
}
