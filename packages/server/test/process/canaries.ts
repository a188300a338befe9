import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Secrets that are looked for where none belongs, by what they are. */
export interface Canaries {
  readonly names: readonly string[]
  /** Takes a secret down, or makes one that is nothing else. */
  keep(name: string, value?: string): string
  /** The secret half of a token `id.secret`, which it takes down as a whole, with the hash that is stored of it. */
  keepToken(name: string, token: string): string
  /** Those that a text holds, in whatever form. */
  foundIn(text: string): string[]
}

export function createCanaries(): Canaries {
  const forms = new Map<string, RegExp[]>()
  const keep = (name: string, value = `${name.replace(/\W/g, '')}-${randomBytes(15).toString('base64url')}`) => {
    if (value === '') throw new Error(`There is no ${name}.`)
    const bytes = Buffer.from(value)
    const written = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), bytes.toString('hex')]
    const encoded = [bytes.toString('base64'), bytes.toString('base64url')].map((text) => text.replace(/.?=*$/, ''))
    // Of a few digits only where they stand alone: they are part of many numbers.
    const isShort = value.length < 10
    const patterns = isShort ? [`(?<![\\w.-])${value}(?![\\w.-])`] : [...written, ...encoded].map(quoted)
    forms.set(name, [...(forms.get(name) ?? []), ...patterns.map((pattern) => new RegExp(pattern, 'i'))])
    return value
  }
  return {
    get names() {
      return [...forms.keys()]
    },
    keep,
    keepToken(name, token) {
      const secret = token.slice(token.indexOf('.') + 1)
      keep(name, secret)
      keep(`hash of ${name}`, createHash('sha256').update(secret).digest('hex'))
      return token
    },
    foundIn: (text) =>
      [...forms].filter(([, patterns]) => patterns.some((form) => form.test(text))).map(([name]) => name),
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** What the files of a directory hold, those below it too, with their names; all files, or those whose name fits. */
export async function textOfFiles(directory: string, fitting = /^/): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && fitting.test(entry.name))
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1'))
  return [...files.map(({ name }) => name), ...(await Promise.all(texts))].join('\n')
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of many kinds
  body: any
  headers: Headers
}

/** Calls of a server by plain HTTP; keeps the text of everything that it refuses. */
export function createCaller(url: string) {
  const refusals: string[] = []
  const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init }).catch((error: unknown) => error)
    // Cut off, as calls may be when the database goes.
    if (!(response instanceof Response)) return { status: 0, body: undefined, headers: new Headers() }
    const text = await response.text().catch(() => '')
    const heads = [...response.headers].filter(([name]) => name !== 'set-cookie')
    refusals.push(JSON.stringify(heads), ...(response.ok ? [] : [text]))
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  /** A procedure, as plain JSON. */
  const call = (procedure: string, input: unknown, token?: string, headers: Record<string, string> = {}) =>
    post(`/api/v1/${procedure}`, input, { ...(token !== undefined && bearer(token)), ...headers })
  return { refusals, send, post, call }
}

export type Caller = ReturnType<typeof createCaller>

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Calls that carry a secret in every place where it does not belong. */
export function wrongPlaces(
  { url, token, apiKey }: { url: string; token: string; apiKey: string },
  { send, post, call }: Pick<Caller, 'send' | 'post' | 'call'>,
): ((one: string) => Promise<Answer>)[] {
  return [
    (one) =>
      call('users.signUp', {
        userName: one,
        email: one,
        password: one,
        firstName: one.repeat(9),
        lastName: `${one}\0`,
      }),
    (one) =>
      call('users.signIn', { identifier: one.repeat(9), password: one.repeat(9), code: one.repeat(9), [one]: one }),
    (one) => call('users.verifyEmail', { token: one }),
    (one) => call('users.resetPassword', { token: one, password: one }),
    (one) => call('users.get', { [one]: one }, token),
    (one) => call('users.get', { userName: one.slice(0, 32) }, token),
    (one) => call('users.list', { cursor: one, search: one.slice(0, 32) }, token),
    (one) => call('users.audit.list', { cursor: one, target: one.slice(0, 64) }, token),
    (one) => post('/api/v1/users.signIn', `{"password": "${one}"`),
    (one) => post('/api/v1/users.signIn', `${one}{}`),
    (one) => post('/trpc/users.signIn', `{"json": {"password": "${one}", }}`),
    (one) =>
      post('/trpc/users.signIn', { json: { identifier: one, password: one }, meta: { values: { [one]: [one] } } }),
    (one) => post('/trpc/users.signIn,users.me?batch=1', { 0: { json: { identifier: one, password: one } }, 1: one }),
    (one) => post('/api/v1/users.signIn', one, { 'content-type': 'text/plain' }),
    (one) =>
      post('/api/v1/users.signIn', one, { 'content-type': `application/json; charset=${encodeURIComponent(one)}` }),
    (one) => send(`/api/v1/users.signIn?password=${encodeURIComponent(one)}`),
    (one) =>
      send(`/api/v1/users.get?userId=${encodeURIComponent(one)}&more=${encodeURIComponent(one)}`, {
        headers: bearer(token),
      }),
    (one) => send(`/api/v1/users.export?lastEventId=${encodeURIComponent(one)}`, { headers: bearer(token) }),
    (one) => send(`/trpc/users.signIn?input=${encodeURIComponent(JSON.stringify({ json: { password: one } }))}`),
    (one) => send(`/trpc/users.get?input=${encodeURIComponent(one)}`, { headers: bearer(token) }),
    (one) => send(`/api/v1/${encodeURIComponent(one)}`, { headers: bearer(token) }),
    (one) => send(`/api/v1/users.get/${encodeURIComponent(one)}`),
    (one) => post(`/trpc/${encodeURIComponent(one)}`, {}),
    (one) => post(`/trpc/users.me,${encodeURIComponent(one)}?batch=1`, {}),
    (one) => send(`/verify/${encodeURIComponent(one)}`, { headers: { accept: 'text/html' } }),
    (one) => send(`/reset?token=${encodeURIComponent(one)}`),
    (one) => send(`/${encodeURIComponent(one)}%zz`),
    (one) =>
      send('/api/v1/users.me', {
        headers: { authorization: `Basic ${Buffer.from(`canary:${one}`).toString('base64')}` },
      }),
    (one) => send('/api/v1/users.me', { headers: { authorization: one } }),
    (one) =>
      send('/api/v1/users.me', {
        headers: { cookie: `__Host-antiphon=${encodeURIComponent(one)}`, origin: url },
      }),
    (one) => call('users.me', {}, apiKey, { 'antiphon-as': one }),
    (one) => call('users.me', {}, token, { 'antiphon-as': one }),
    (one) =>
      call('users.me', {}, one, {
        'idempotency-key': one,
        'x-forwarded-for': one,
        'user-agent': one,
        origin: one,
        referer: one,
      }),
  ]
}
