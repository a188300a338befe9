import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ZoomAccount } from '../account.ts'
import { noMeeting, Refusal } from '../refusal.ts'
import { createLimiter, dailyHeaders, type Plan, qpsHeaders, tooMany } from './limits.ts'
import type { createOauth } from './oauth.ts'
import { type Means, type Route, routes } from './routes.ts'
import { sendJson } from './send.ts'

interface Options {
  readonly account: ZoomAccount
  readonly oauth: ReturnType<typeof createOauth>
  readonly now: () => Date
  readonly plan: () => Plan
  readonly address: () => string
}

export interface ApiServer {
  serve(request: IncomingMessage, response: ServerResponse, body: string): void
  /** Whether a token that came with a file, or with its event, lets it be fetched. */
  mayDownload(token: string, file: string): boolean
}

const maxPage = 300

/** What is below /v2. */
export function createApiServer({ account, oauth, now, plan, address }: Options): ApiServer {
  const limit = createLimiter(plan)
  const cursors = new Map<string, number>()
  const means: Means = {
    ...{ account, plan, address },
    downloadToken: () => `download.${account.state.next('download')}`,
    page(items, query, name) {
      const size = Number(query.get('page_size') ?? 30)
      if (!Number.isInteger(size) || size < 1 || size > maxPage)
        throw new Refusal(400, 300, 'Validation Failed.', [{ field: 'page_size', message: 'Invalid field.' }])
      const token = query.get('next_page_token') ?? ''
      const from = token === '' ? 0 : cursors.get(token)
      if (from === undefined) throw new Refusal(400, 300, 'The next page token is either invalid or has expired.')
      const to = from + size
      const next =
        to < items.length ? account.state.digest('page', account.state.next('page')).toString('base64url') : ''
      if (cursors.size > 10_000) cursors.clear()
      if (next !== '') cursors.set(next, to)
      const counts = { page_size: size, total_records: items.length, next_page_token: next }
      return { ...counts, [name]: items.slice(from, to) }
    },
  }
  return {
    serve(request, response, text) {
      try {
        const { route, params, query } = find(request)
        const { headers, refusal } = limit(route.category, now())
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        if (refusal !== undefined) return sendJson(response, 429, tooMany[refusal], more(refusal, now()))
        oauth.require(request.headers.authorization, route.scopes)
        const answer = route.serve({ params, query, body: bodyOf(request, text) }, means)
        if (answer === undefined) return void response.writeHead(204).end()
        sendJson(response, route.status ?? 200, answer)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        sendJson(response, error.status, error.body)
      }
    },
    mayDownload: (token, file) => token === `download.${file}` || /^download\.\d+$/.test(token),
  }
}

const more = (refusal: 'qps' | 'daily', now: Date) => (refusal === 'qps' ? qpsHeaders(now, {}) : dailyHeaders(now, {}))

function find({ method = '', url = '' }: IncomingMessage): { route: Route; params: string[]; query: URLSearchParams } {
  const [path = '', search = ''] = url.slice('/v2'.length).split('?')
  const fitting = routes.filter((route) => route.path.test(path))
  if (fitting.length === 0) throw new Refusal(404, 2300, 'This API endpoint is not recognized.')
  const route = fitting.find((one) => one.method === method)
  if (route === undefined) throw new Refusal(405, 405, `Request method '${method}' is not supported.`)
  const params = (route.path.exec(path) ?? []).slice(1).map(decode)
  return { route, params, query: new URLSearchParams(search) }
}

/** What stands before Zoom reads a path once: slashes that show then are those of the path. */
function decode(part: string): string {
  try {
    const once = decodeURIComponent(part)
    if (once.startsWith('/') || once.includes('//')) throw noMeeting(once)
    return once.includes('%') ? decodeURIComponent(once) : once
  } catch (error) {
    throw error instanceof Refusal ? error : noMeeting(part)
  }
}

function bodyOf({ headers }: IncomingMessage, text: string): unknown {
  if (text === '') return undefined
  if (headers['content-type']?.startsWith('application/json') !== true)
    throw new Refusal(415, 300, 'Unsupported Media Type.')
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, 300, 'Request Body should be a valid JSON object.')
  }
}
