import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { run } = importsOf(client)
const make = catalogueOf(client)
for (const id of ['1', '2']) await make.listener(undefined, id)

const heard = async (importId: string) =>
  server.query(
    `select s.line, s.played_on::text as day, l.external_id as who, t.external_id as what, s.seconds, s.region
     from streams s join listeners l on l.key = s.listener_key join tracks t on t.key = s.track_key
     join imports i on i.key = s.import_key where i.id = $1 order by s.line`,
    [importId],
  )
const rows = (first: number) => [
  { line: first, day: '2019-03-31', who: '1', what: 'a', seconds: 10, region: 'NL' },
  { line: first + 1, day: '2019-03-01', who: '2', what: 'b,"c', seconds: 20, region: '' },
]

const objects = [
  { date: '2019-03-31', user_id: 1, track_id: 'a', seconds: 10, region: 'nl', more: { of: ['it'] } },
  { date: '2019-03-01', user_id: '2', track_id: 'b,"c', seconds: '20' },
]

test.each([
  [
    'semicolons, days first, CRLF, no final end',
    'date;user_id;region;track id;seconds\r\n31/03/2019;1;nl;a;10\r\n01/03/2019;2;;"b,""c";20',
    2,
    { delimiter: ';', dateFormat: 'dd/mm/yyyy' },
  ],
  [
    'tabs and a byte order mark',
    '\ufeffDate\tUser ID\tTrack ID\tSeconds\tCountry\n2019-03-31T10:00:00Z\t1\ta\t10\tnl\n2019-03-01 x\t2\tb,"c\t20\t\n',
    2,
    { delimiter: '\t', dateFormat: 'yyyy-mm-dd' },
  ],
  [
    'commas, months first, returns, blank lines',
    '\r\rday,listener,track,sec,territory\r3/31/2019,1,a,10,NL\r3/1/2019,2,"b,""c",20,\r',
    4,
    { delimiter: ',', dateFormat: 'mm/dd/yyyy' },
  ],
  [
    'bars and dots',
    'date|user|track|seconds|region\n31.03.2019|1|a|10|NL\n1.3.2019|2|"b,""c"|20|\n',
    2,
    { delimiter: '|', dateFormat: 'dd.mm.yyyy' },
  ],
  ['objects, one a line', objects.map((one) => JSON.stringify(one)).join('\r\n'), 1, { type: 'ndjson' }],
  ['an array', JSON.stringify(objects, null, 2), 1, { type: 'json' }],
] as const)('a file of %s', async (_what, text, first, format) => {
  const made = await run({ kind: 'streams' }, text)
  expect(made).toMatchObject({ state: 'done', rowsRead: 2, rowsAccepted: 2, format })
  expect(await heard(made.id)).toEqual(rows(first))
})

test('what is asked for goes before what is found', async () => {
  const text = 'date,when,user_id,heard by,track_id,seconds\nx,01/02/2019,7,1,a,10\nx,03/02/2019,7,2,b,20'
  const columns = { date: 'when', listener: 'Heard By' }
  const made = await run({ kind: 'streams', format: { dateFormat: 'mm/dd/yyyy', columns } }, text)
  expect(made).toMatchObject({
    state: 'done',
    rowsAccepted: 2,
    format: { columns: { date: 'when', track: 'track_id' } },
  })
  expect(await heard(made.id)).toMatchObject([{ day: '2019-01-02', who: '1' }, { day: '2019-03-02' }])
  const missing = await run({ kind: 'streams', format: { columns: { seconds: 'length' } } }, text)
  expect(missing).toMatchObject({ state: 'failed', code: 'WRONG_COLUMNS' })
  expect(missing.problem).toContain('length')
  const guessed = await run({ kind: 'streams', format: { columns } }, text)
  expect(guessed).toMatchObject({ state: 'done', format: { dateFormat: 'dd/mm/yyyy' } })
})

test('fees and shares have their own decimal sign', async () => {
  const fees = await run(
    { kind: 'listeners', period: '2019-03', currency: 'EUR', format: { decimal: '.' } },
    'user_id;fee;origin\n1;7.9;web\n2;8;web\n3;8,5;web',
  )
  expect(fees).toMatchObject({ rowsAccepted: 2, rowsQuarantined: 1, format: { decimal: '.' } })
  const gross = await server.query(`select gross_minor from listener_fees order by gross_minor`)
  expect(gross).toEqual([{ gross_minor: '790' }, { gross_minor: '800' }])
  const tracks = await run({ kind: 'tracks' }, 'track;label;share\na;Blue;33,3333 %\na;Red;66,6667')
  expect(tracks).toMatchObject({ rowsAccepted: 2, format: { decimal: ',' } })
  const shares = await server.query(`select share_ppm from track_rights order by share_ppm`)
  expect(shares).toEqual([{ share_ppm: 333_333 }, { share_ppm: 666_667 }])
})
