import type { RequestListener } from 'node:http'
import type { Source, SourceId } from '@antiphon/client'
import pino from 'pino'
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { newId } from '../../ids.ts'
import { accountant } from '../royalties.fixture.ts'
import { createSources } from './fetcher.ts'
import { certificate, startHttps } from './https.fixture.ts'

let answer: RequestListener = (_, response) => response.writeHead(404).end()
const asked: string[] = []
const { port } = await startHttps((request, response) => {
  asked.push(request.url ?? '')
  answer(request, response)
})
const hosts = [`localhost:${port}`]
const server = await startTestServer({ sources: { hosts, ca: certificate }, uploads: { maxMegabytes: 1 } })
const { databaseUrl, signUp, query, anyone } = server
const { client, user } = await accountant(server)
const { sources, imports, listeners } = client.royalties
const url = `https://localhost:${port}/fees.csv`
const soon = { timeout: 10_000, interval: 20 }
let files = 0

beforeEach(async () => {
  for await (const { id } of sources.list.all()) await sources.remove({ sourceId: id })
  asked.length = 0
})

/** Fees of somebody new. */
const newFees = (listener = `fetched-${++files}`) =>
  `listener,plan,fee,origin,period,currency\n${listener},premium,9.99,web,2031-01,EUR\n`

const text =
  (body: string, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    const isKnown = headers.etag !== undefined && request.headers['if-none-match'] === headers.etag
    response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? undefined : body)
  }

const create = (more: Partial<Parameters<typeof sources.create>[0]> = {}) =>
  sources.create({ name: 'Fees', kind: 'listeners', url, everyMinutes: 60, ...more })

async function find(sourceId: SourceId): Promise<Source> {
  for await (const source of sources.list.all()) if (source.id === sourceId) return source
  throw new Error('It is gone.')
}

/** How a source is once it was tried so often. */
const tried = (sourceId: SourceId, times = 1) =>
  vi.waitFor(async () => {
    const [row] = await query('select 1 from import_sources where id = $1 and last_at is not null and holder is null', [
      sourceId,
    ])
    expect(row).toBeDefined()
    expect(asked.length).toBeGreaterThanOrEqual(times)
    return find(sourceId)
  }, soon)

/** Has it tried once more, now. */
async function again({ id }: Source): Promise<Source> {
  await query('update import_sources set last_at = null where id = $1', [id])
  await sources.update({ sourceId: id, paused: false })
  return tried(id, 0)
}

const minutesTo = (at: Date | null) => Math.round(((at?.getTime() ?? 0) - Date.now()) / 60_000)

describe('a source', () => {
  test('is fetched at once, imported, and fetched again after its time', async () => {
    answer = text(newFees('zoe'))
    const made = await create({ format: { delimiter: ',' }, currency: 'EUR' })
    expect(made).toMatchObject({ kind: 'listeners', url, format: { delimiter: ',' }, currency: 'EUR', lastCode: null })
    const source = await tried(made.id)
    expect(source).toMatchObject({ lastCode: 'IMPORTED', lastMessage: null, failures: 0, paused: false })
    expect(minutesTo(source.nextAt)).toBe(60)
    const made1 = await imports.get({ importId: source.lastImportId! })
    expect(made1).toMatchObject({ state: 'done', sourceId: made.id, fileName: 'fees.csv', rowsAccepted: 1 })
    const { items } = await listeners.list()
    expect(items.map(({ externalId }) => externalId)).toContain('zoe')
  })

  test('whose file is the same again imports nothing, with an ETag or without', async () => {
    for (const headers of [{ etag: '"v1"' }, {}]) {
      answer = text(newFees(), headers)
      const first = await tried((await create()).id)
      const second = await again(first)
      expect(second).toMatchObject({ lastCode: 'UNCHANGED', failures: 0, lastImportId: first.lastImportId })
      answer = text(newFees(), { etag: '"v2"' })
      const third = await again(second)
      expect(third.lastCode).toBe('IMPORTED')
      expect(third.lastImportId).not.toBe(first.lastImportId)
    }
  })

  test('that fails is tried again soon, then more rarely, and goes on once it is there', async () => {
    answer = (_, response) => response.writeHead(503).end()
    let source = await tried((await create({ everyMinutes: 5 })).id)
    for (const [failures, minutes] of [1, 2, 4, 5, 5].entries()) {
      expect(source).toMatchObject({ failures: failures + 1, lastCode: 'BAD_ANSWER', lastImportId: null })
      expect(source.lastMessage).toBe('The server answers with status 503.')
      expect(minutesTo(source.nextAt)).toBe(minutes)
      await query('update import_sources set last_at = null, next_at = now() where id = $1', [source.id])
      await sources.update({ sourceId: source.id, name: 'Fees' })
      source = await tried(source.id)
    }
    answer = text(newFees())
    expect(await again(source)).toMatchObject({ failures: 0, lastCode: 'IMPORTED' })
  })

  test('whose file cannot be read says so, and the import why', async () => {
    answer = text(`nothing,of,this\n${++files},2,3\n`, { etag: '"bad"' })
    const source = await tried((await create()).id)
    expect(source).toMatchObject({ lastCode: 'IMPORT_FAILED', failures: 1 })
    const { state, code, problem } = await imports.get({ importId: source.lastImportId! })
    expect({ state, problem }).toEqual({ state: 'failed', problem: source.lastMessage })
    expect(code).toBe('WRONG_COLUMNS')
    answer = text(newFees(), { etag: '"bad"' })
    expect((await again(source)).lastCode).toBe('IMPORTED')
  })

  test('that is too large is not taken', async () => {
    answer = text(newFees() + ' '.repeat(1_100_000))
    expect(await tried((await create()).id)).toMatchObject({ lastCode: 'TOO_LARGE', lastImportId: null })
  })

  test('that leads into a private network is refused: at once by its address, later by its name', async () => {
    for (const wrong of [
      `https://127.0.0.1:${port}/x`,
      'https://0x7f.1/',
      'http://example.com/',
      'https://u:p@example.com',
    ])
      expect(await sources.create.safe({ name: 'x', kind: 'tracks', everyMinutes: 5, url: wrong })).toMatchObject({
        error: { code: 'ADDRESS_REFUSED', fields: [{ path: 'url' }] },
      })
    const source = await tried((await create({ url: `https://localhost:${port + 1}/fees.csv` })).id, 0)
    expect(source).toMatchObject({ lastCode: 'ADDRESS_REFUSED', failures: 1 })
    const refused = { sourceId: source.id, url: 'https://[::1]/' }
    expect(await codeOf(sources.update(refused))).toBe('ADDRESS_REFUSED')
    expect(asked).toEqual([])
  })

  test('that is paused is left alone until it is not', async () => {
    answer = text(newFees())
    const made = await create({ paused: true })
    expect(made).toMatchObject({ paused: true, nextAt: null })
    await sources.update({ sourceId: made.id, name: 'Still' })
    expect(asked).toEqual([])
    await sources.update({ sourceId: made.id, paused: false })
    expect(await tried(made.id)).toMatchObject({ name: 'Still', lastCode: 'IMPORTED' })
    const paused = await sources.update({ sourceId: made.id, paused: true })
    expect(paused).toMatchObject({ paused: true, nextAt: null, lastCode: 'IMPORTED' })
  })

  test('that gets another address or format is fetched anew, and keeps the rest', async () => {
    answer = text(newFees(), { etag: '"v1"' })
    const source = await tried((await create({ format: { decimal: '.' }, currency: 'EUR' })).id)
    await query('update import_sources set last_at = null where id = $1', [source.id])
    await sources.update({ sourceId: source.id, format: { delimiter: ',' }, currency: null, everyMinutes: 7 })
    const changed = await tried(source.id, 2)
    expect(changed).toMatchObject({ format: { delimiter: ',' }, currency: null, everyMinutes: 7, url })
    expect(changed.format.decimal).toBeUndefined()
    expect(changed.modifiedAt.getTime()).toBeGreaterThan(source.modifiedAt.getTime())
    expect(minutesTo((await sources.update({ sourceId: source.id, everyMinutes: 5 })).nextAt)).toBe(5)
  })

  test('that is removed keeps its imports', async () => {
    answer = text(newFees())
    const { id: sourceId, lastImportId } = await tried((await create()).id)
    await sources.remove({ sourceId })
    expect(await imports.get({ importId: lastImportId! })).toMatchObject({ state: 'done', sourceId: null })
    for (const gone of [sources.remove({ sourceId }), sources.update({ sourceId, name: 'x' })])
      expect(await codeOf(gone)).toBe('NOT_FOUND')
  })

  test('is for accountants', async () => {
    const stranger = (await signUp()).client.royalties.sources
    const given = { name: 'x', kind: 'tracks', everyMinutes: 5, url } as const
    const sourceId = newId('source')
    const calls = [stranger.create(given), stranger.list(), stranger.remove({ sourceId })]
    for (const code of await Promise.all(calls.map(codeOf))) expect(code).toBe('NOT_ALLOWED')
    expect(await codeOf(stranger.update({ sourceId, paused: true }))).toBe('NOT_ALLOWED')
    expect(await codeOf(anyone.royalties.sources.list())).toBe('NOT_SIGNED_IN')
    for (const wrong of [{ everyMinutes: 4 }, { everyMinutes: 44_641 }, { name: ' ' }, { url: '' }])
      expect(await codeOf(sources.create({ ...given, ...wrong }))).toBe('INVALID_INPUT')
  })

  test('leaves lines of the audit log', async () => {
    answer = text(newFees())
    const { id } = await create()
    await sources.update({ sourceId: id, name: 'New', everyMinutes: 9 })
    await sources.remove({ sourceId: id })
    const lines = await query('select action, user_id, details from audit_log where target = $1 order by id', [id])
    expect(lines).toEqual([
      { action: 'royalties.sources.create', user_id: user.id, details: { kind: 'listeners' } },
      { action: 'royalties.sources.update', user_id: user.id, details: { fields: 'name everyMinutes' } },
      { action: 'royalties.sources.remove', user_id: user.id, details: {} },
    ])
  })
})

test('there are 200 at most, and a retry makes no other', async () => {
  const given = { name: 'x', kind: 'tracks', url, everyMinutes: 60, paused: true, idempotencyKey: 'once' } as const
  const [first, second] = [await sources.create(given), await sources.create(given)]
  expect(second).toEqual(first)
  await query(
    `insert into import_sources (id, name, kind, url, every_minutes, paused)
     select 'src_' || lpad(n::text, 26, '0'), 'x', 'tracks', 'https://x', 60, true from generate_series(1, 199) n`,
  )
  expect(await codeOf(create())).toBe('TOO_MANY_SOURCES')
  const { items, nextCursor } = await sources.list({ limit: 150 })
  const rest = await sources.list({ limit: 150, cursor: nextCursor! })
  expect(new Set([...items, ...rest.items].map(({ id }) => id)).size).toBe(200)
  expect(rest.nextCursor).toBeNull()
  expect(await codeOf(sources.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
})

describe('several servers', () => {
  const pool = createPool({ connectionString: databaseUrl }, { max: 4 })
  const db = createDb(pool)
  afterAll(() => db.destroy())
  const another = () => {
    const fetching = { ownHosts: new Set(hosts), ca: certificate, limits: { maxBytes: 1_000_000 } }
    const instance = createSources({ db, pool, log: pino({ level: 'silent' }), fetching })
    onTestFinished(() => instance.close())
    return instance
  }

  test('fetch a source once, together', async () => {
    const go = Promise.withResolvers<void>()
    const body = newFees()
    answer = (_, response) => void go.promise.then(() => response.end(body))
    const instances = [another(), another(), another()]
    const { id } = await create()
    for (const { wake } of instances) wake()
    await vi.waitFor(() => expect(asked).toHaveLength(1), soon)
    for (const { wake } of instances) wake()
    await new Promise((resolve) => setTimeout(resolve, 100))
    go.resolve()
    expect((await tried(id)).lastCode).toBe('IMPORTED')
    expect(asked).toHaveLength(1)
  })

  test('follow one that died in the middle, and leave what is changed meanwhile to the next turn', async () => {
    answer = text(newFees())
    await query(
      `insert into import_sources (id, name, kind, url, every_minutes, holder, held_until)
       values ($1, 'x', 'listeners', $2, 60, 'dead', now() + interval '1 minute')`,
      [newId('source'), url],
    )
    const [{ id }] = (await sources.list()).items as [Source]
    const { wake } = another()
    wake()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked).toEqual([])
    await query(`update import_sources set held_until = now() - interval '1 second' where id = $1`, [id])
    wake()
    expect((await tried(id)).lastCode).toBe('IMPORTED')
  })

  test('one that is closed lets go at once', async () => {
    answer = () => {}
    const { id } = await create()
    await vi.waitFor(() => expect(asked).toHaveLength(1), soon)
    await query('update import_sources set holder = null where id = $1', [id])
    const instance = another()
    await query('update import_sources set held_until = null where id = $1', [id])
    instance.wake()
    await vi.waitFor(() => expect(asked).toHaveLength(2), soon)
    await instance.close()
    const [row] = await query('select holder, last_at from import_sources where id = $1', [id])
    expect(row).toEqual({ holder: null, last_at: null })
  })
})
