import type { z } from 'zod'
import { ProviderError } from '../../provider.ts'
import { createClock, type ZoomClock } from './clock.ts'
import { type Answer, request } from './http.ts'
import { type Category, type Limits, learn } from './limits.ts'
import { codeOf, problemOf } from './problems.ts'
import { type Credentials, renewToken, type TokenStore } from './tokens.ts'
import type { ZoomUrls } from './urls.ts'

export interface ApiOptions extends Credentials {
  readonly baseUrls: ZoomUrls
  readonly tokens: TokenStore
  /** Told of every call that goes out. */
  readonly countCall: (category: Category) => void
}

export interface ApiCall {
  readonly category: Category
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below the address of the API, its parts encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal: AbortSignal
}

export interface Told<Data> {
  readonly data: Data
  /** When the question went out, by Zoom's clock. */
  readonly observedAt: Date
}

export interface ZoomApi {
  readonly clock: ZoomClock
  limits(): Limits
  /** What the token may do; asks for another one where that is not known. */
  scopes(): Promise<readonly string[]>
  token(refused?: string): Promise<string>
  /** @throws ProviderError */
  call<Shape extends z.ZodType>(shape: Shape, call: ApiCall): Promise<Told<z.output<Shape>>>
  /** All pages of a list. It ends only after the last one. */
  pages<Shape extends z.ZodType<Paged>>(shape: Shape, call: ApiCall): AsyncGenerator<Told<z.output<Shape>>>
}

interface Paged {
  next_page_token?: string | undefined
}

/** What an app that has lost its token hears. */
const tokenCodes = [124, 201]
const maxPages = 300
const pageSize = 300

export function createApi({ baseUrls, tokens, countCall, ...credentials }: ApiOptions): ZoomApi {
  const clock = createClock()
  let limits: Limits = {}
  let scopes: readonly string[] | undefined
  const renew = async () => {
    const renewed = await renewToken(credentials, baseUrls)
    scopes = renewed.scopes
    return renewed
  }
  const once = async ({ category, method = 'GET', path, query, body, signal }: ApiCall, token: string) => {
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
    const sent =
      body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    countCall(category)
    const answer = await request(`${baseUrls.api}${path}${search}`, { method, ...sent }, signal)
    clock.hear(answer.headers.get('date'), answer.sentAt, answer.receivedAt)
    limits = learn(limits, answer.headers)
    return answer
  }
  const send = async (call: ApiCall): Promise<Answer> => {
    const token = await tokens.use(renew)
    const answer = await once(call, token)
    if (answer.status !== 401 || !tokenCodes.includes(codeOf(answer) ?? 0)) return answer
    return once(call, await tokens.use(renew, token))
  }
  const api: ZoomApi = {
    clock,
    limits: () => limits,
    async scopes() {
      const token = await tokens.use(renew)
      if (scopes === undefined) await tokens.use(renew, token)
      return scopes ?? []
    },
    token: (refused) => tokens.use(renew, refused),
    async call(shape, call) {
      const answer = await send(call)
      if (answer.status < 200 || answer.status > 299) throw problemOf(answer)
      const parsed = shape.safeParse(answer.json)
      if (parsed.success) return { data: parsed.data, observedAt: clock.toZoom(answer.sentAt) }
      throw new ProviderError({ kind: 'bug' }, "Zoom's answer is not as it should be.", { cause: parsed.error })
    },
    async *pages(shape, call) {
      let token = ''
      for (let page = 0; page < maxPages; page++) {
        const next = token === '' ? {} : { next_page_token: token }
        const told = await api.call(shape, { ...call, query: { ...call.query, page_size: String(pageSize), ...next } })
        yield told
        token = told.data.next_page_token ?? ''
        if (token === '') return
      }
      throw new ProviderError({ kind: 'bug' }, `Zoom's list does not end after ${maxPages} pages.`)
    },
  }
  return api
}
