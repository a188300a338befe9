import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { accountant, catalogueOf, shut, totalsOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { imports } = client.royalties
const { begin, run, problems } = importsOf(client)

const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('date;user_id\n', 'utf16le')])

describe('a file as a whole', () => {
  test.each([
    ['of fees of no month', 'listeners', 'user_id;fee;origin\n1;7,99;web', 'PERIOD_NEEDED', {}],
    ['of fees in no currency', 'listeners', 'user_id;fee;origin\n1;7,99;web', 'CURRENCY_NEEDED', { period: '2019-03' }],
    ['with other columns', 'streams', 'day;who;what\n2019-03-01;1;2', 'WRONG_COLUMNS', {}],
    ['without a header', 'streams', '2019-03-01;1;2;3\n2019-03-01;1;2;3', 'WRONG_COLUMNS', {}],
    ['in UTF-16', 'streams', utf16, 'WRONG_ENCODING', {}],
    ['of blanks', 'streams', '\n \n', 'EMPTY_FILE', {}],
    ['of a header alone', 'streams', 'date;user_id;track id;seconds\r\n', 'EMPTY_FILE', {}],
    ['of an empty array', 'streams', '[]', 'EMPTY_FILE', {}],
    ['that is a spreadsheet', 'streams', 'PK\x03\x04 and so on', 'UNREADABLE', {}],
    ['of JSON without objects', 'streams', '[1, 2]', 'UNREADABLE', {}],
  ] as const)('%s is refused', async (_what, kind, text, code, more) => {
    const made = await run({ kind, ...more }, text)
    expect(made).toMatchObject({ state: 'failed', code, rowsRead: 0, rowsAccepted: 0, rowsQuarantined: 0 })
    expect(made.problem).not.toBe('')
    expect(await codeOf(imports.resolve({ importId: made.id, lines: [1], action: 'retry' }))).toBe('NOT_FOUND')
  })
})

describe('rows', () => {
  beforeAll(async () => {
    const make = catalogueOf(client)
    await make.listener({ period: '2019-03', grossMinor: 799n }, '1')
    await shut(server, '2019-01', 'closed')
    await shut(server, '2019-02', 'frozen')
  })

  const future = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  const streams: readonly (readonly [row: string | Buffer, code: string | null])[] = [
    ['2019-03-01;1;US;t1;100', null],
    ['2019-03-02;1;US;t1', 'FIELDS_MISSING'],
    ['2019-03-02;1;US;t1;1;x', 'FIELDS_EXTRA'],
    ['2019-03-02;1;"US;t1;1', 'UNCLOSED_QUOTE'],
    ['2019-03-02;1;US;t1;-5', 'SECONDS_NEGATIVE'],
    ['2019-03-02;1;US;t1;2678401', 'SECONDS_ABSURD'],
    ['2019-03-02;1;US;t1;99999999999999999999', 'SECONDS_ABSURD'],
    ['2019-03-02;1;US;t1;1.5', 'SECONDS_INVALID'],
    ['2019-03-02;1;US;t1;NaN', 'SECONDS_INVALID'],
    ['2019-03-02;1;US;t1;', 'SECONDS_INVALID'],
    ['2019-03-02;9;US;t1;5', 'UNKNOWN_LISTENER'],
    ['2019-02-30;1;US;t1;5', 'DATE_INVALID'],
    ['02/03/2019;1;US;t1;5', 'DATE_INVALID'],
    [`${future};1;US;t1;5`, 'DATE_INVALID'],
    ['2019-03-02;;US;t1;5', 'ID_MISSING'],
    [`2019-03-02;1;US;${'t'.repeat(201)};5`, 'ID_INVALID'],
    ['2019-03-02;1;U$;t1;5', 'REGION_INVALID'],
    [Buffer.from('2019-03-02;1;US;t\xe9;5', 'latin1'), 'WRONG_ENCODING'],
    [`2019-03-02;1;US;${'t'.repeat(16_400)};5`, 'LINE_TOO_LONG'],
    ['2019-01-02;1;US;t1;5', 'PERIOD_CLOSED'],
    ['2018-12-31;1;US;t1;5', 'PERIOD_CLOSED'],
    ['2019-02-02;1;US;t1;5', 'PERIOD_FROZEN'],
    ['2019-03-31;1;;t2;86401', null],
    ['2019-03-31;1;us;t2;0', null],
  ]
  const textOf = (rows: readonly (readonly [string | Buffer, unknown])[], header: string) =>
    Buffer.concat([header, ...rows.map(([row]) => row)].flatMap((row) => [Buffer.from(row), Buffer.from('\n')]))
  const expected = (rows: readonly (readonly [unknown, string | null])[]) =>
    rows.flatMap(([, code], at) => (code === null ? [] : [`${at + 2} ${code}`]))

  test('of streams that are wrong wait with their codes, all others count', async () => {
    const text = textOf(streams, 'date;user_id;region;track id;seconds')
    const made = await run({ kind: 'streams' }, text)
    expect(await problems(made.id)).toEqual(expected(streams))
    const counts = { rowsRead: streams.length, rowsAccepted: 3, rowsQuarantined: streams.length - 3, rowsFlagged: 2 }
    expect(made).toMatchObject({ state: 'done', code: null, ...counts })
    expect((await totalsOf(server, '2019-03')).payees).toEqual({ unassigned: [86_501, 3] })
    const { items } = await imports.problems({ importId: made.id, limit: 200 })
    expect(items.find(({ line }) => line === 6)).toMatchObject({ raw: '2019-03-02;1;US;t1;-5', resolution: null })
    expect(items.find(({ code }) => code === 'LINE_TOO_LONG')?.raw).toHaveLength(1_000)

    const again = await run({ kind: 'streams' }, text)
    expect(again).toMatchObject({ state: 'duplicate', code: 'FILE_IMPORTED', duplicateOf: made.id, rowsRead: 0 })
    expect((await totalsOf(server, '2019-03')).payees).toEqual({ unassigned: [86_501, 3] })
  })

  test('of listeners, too', async () => {
    const rows = [
      ['2;basic;7,99;web;2019-03;EUR', null],
      ['3;basic;1,000;web;2019-03;EUR', 'FEE_INVALID'],
      ['4;basic;1.000;web;2019-03;EUR', 'FEE_INVALID'],
      ['5;basic;-1;web;2019-03;EUR', 'FEE_INVALID'],
      ['6;basic;much;web;2019-03;EUR', 'FEE_INVALID'],
      ['7;basic;10000000,01;web;2019-03;EUR', 'FEE_INVALID'],
      ['8;basic;7,99;web;2019-03;USD', 'CURRENCY_MIXED'],
      ['9;basic;7,99;web;2019-03;XQQ', 'CURRENCY_INVALID'],
      ['10;basic;7,99;shop;2019-03;EUR', 'UNKNOWN_ORIGIN'],
      ['11;basic;7,99;web;March;EUR', 'PERIOD_INVALID'],
      ['12;basic;7,99;web;2019-01;EUR', 'PERIOD_CLOSED'],
      ['13;basic;7,99;web;2019-02;EUR', 'PERIOD_FROZEN'],
      ['2;basic;7,99;web;2019-03;EUR', 'FEE_EXISTS'],
      ['1;basic;7,99;web;2019-03;EUR', 'FEE_EXISTS'],
      [`14;${'p'.repeat(101)};7,99;web;2019-03;EUR`, 'PLAN_INVALID'],
      ['15;;;;;', null],
    ] as const
    const made = await run({ kind: 'listeners' }, textOf(rows, 'user_id;product_type;fee;origin;period;currency'))
    expect(await problems(made.id)).toEqual(expected(rows))
    expect(made).toMatchObject({ state: 'done', rowsRead: 16, rowsAccepted: 2, rowsQuarantined: 14 })
  })

  test('and of tracks', async () => {
    const rows = [
      ['a,One,Blue,60,', null],
      ['a,One,Red,40.5,', 'SHARES_TOO_HIGH'],
      ['b,Two,Blue,101,', 'SHARES_TOO_HIGH'],
      ['c,Three,Blue,0,', 'SHARE_INVALID'],
      ['c,Three,Blue,33.33333,', 'SHARE_INVALID'],
      ['d,Four,Blue,,NL-A00-19001', 'ISRC_INVALID'],
      [`e,${'x'.repeat(501)},Blue,,`, 'TITLE_INVALID'],
      [`f,Six,${'x'.repeat(201)},,`, 'LABEL_INVALID'],
      ['g,Seven,,,NL-A00-19-00001', null],
    ] as const
    const made = await run({ kind: 'tracks' }, textOf(rows, 'track_id,track name,label,share,isrc'))
    expect(await problems(made.id)).toEqual(expected(rows))
    expect(made).toMatchObject({ state: 'done', rowsRead: 9, rowsAccepted: 2, rowsQuarantined: 7 })
  })
})

test('imports are for those who keep the accounts, of uploads of their own', async () => {
  const [stranger, other] = [await server.signUp(), await accountant(server)]
  const { id: importId } = await begin({ kind: 'tracks' }, 'track,title\nx,Y')
  const { id: uploadId } = await other.client.uploads.upload(new Uint8Array([65]), { name: 'x.csv', type: 'text/csv' })
  const ask = { kind: 'tracks', uploadId } as const
  expect(await codeOf(server.anyone.royalties.imports.create(ask))).toBe('NOT_SIGNED_IN')
  expect(await codeOf(stranger.client.royalties.imports.create(ask))).toBe('NOT_ALLOWED')
  expect(await codeOf(stranger.client.royalties.imports.get({ importId }))).toBe('NOT_ALLOWED')
  expect(await codeOf(imports.create(ask))).toBe('NOT_FOUND')
  expect(await codeOf(imports.create({ ...ask, uploadId: newId('upload') }))).toBe('NOT_FOUND')
  const missing = newId('import')
  expect(await codeOf(imports.get({ importId: missing }))).toBe('NOT_FOUND')
  expect(await codeOf(imports.problems({ importId: missing }))).toBe('NOT_FOUND')
  expect(await codeOf(imports.resolve({ importId: missing, code: 'ID_MISSING', action: 'discard' }))).toBe('NOT_FOUND')
  expect(await codeOf(imports.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
  expect(await codeOf(imports.problems({ importId, cursor: 'x' }))).toBe('BAD_CURSOR')
})
