import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { accountant, totalsOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

const server = await startTestServer()
const { query } = server
const { client } = await accountant(server)
const { run, problems } = importsOf(client)

const listeners = 'user_id;product_type;fee;origin\r\n1;premium;7,99;app_store\r\n2;platinum;14,99;web'

test('files of listeners, tracks and streams come together', async () => {
  const made = await run({ kind: 'listeners', period: '2019-03', currency: 'EUR' }, listeners)
  expect(made).toMatchObject({ state: 'done', rowsRead: 2, rowsAccepted: 2, code: null })
  expect(made.format).toMatchObject({ type: 'csv', delimiter: ';', decimal: ',' })
  const tracks = await run({ kind: 'tracks' }, 'track_id,track name,label\nt1,"One, two",Blue\nt2,Three,Red')
  expect(tracks).toMatchObject({ state: 'done', rowsAccepted: 2 })
  const text = 'date;user_id;region;track id;seconds\r\n31/03/2019;1;US;t1;2263\r\n01/03/2019;2;nl;t3;100'
  const streams = await run({ kind: 'streams' }, text)
  expect(await problems(streams.id)).toEqual([])
  expect(streams).toMatchObject({ state: 'done', rowsAccepted: 2, format: { dateFormat: 'dd/mm/yyyy' } })
  const { poolMicro, listeners: paying, payees } = await totalsOf(server, '2019-03')
  expect([poolMicro, paying]).toEqual([559_300_000n + 1_349_100_000n, 2])
  expect(Object.values(payees)).toEqual(
    expect.arrayContaining([
      [2263, 1],
      [100, 1],
    ]),
  )
  expect(await query('select region, line from streams order by line')).toEqual([
    { region: 'US', line: 2 },
    { region: 'NL', line: 3 },
  ])
})

test('the same file again has no effect, also where what was found is asked for', async () => {
  const text = 'date;user_id;track id;seconds\r\n30/03/2019;1;t1;60'
  const first = await run({ kind: 'streams' }, text)
  const again = await run({ kind: 'streams', format: { delimiter: ';', dateFormat: 'dd/mm/yyyy', decimal: '.' } }, text)
  expect(again).toMatchObject({ state: 'duplicate', code: 'FILE_IMPORTED', duplicateOf: first.id })
})
