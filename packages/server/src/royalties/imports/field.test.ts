import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { accountant, totalsOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

/** A month of a service, as it comes from the field: it is kept beside the project, not in it. */
const folder = fileURLToPath(new URL('../../../../../../shared/data/', import.meta.url))
const isThere = existsSync(`${folder}streaming.csv`)
if (!isThere) console.log(`The month from the field is not in ${folder}: its import is not tried.`)

test.skipIf(!isThere)('a month from the field is imported as it is', async () => {
  const server = await startTestServer()
  const { client } = await accountant(server)
  const { run, problems } = importsOf(client)
  const [users, streaming] = ['users.csv', 'streaming.csv'].map((name) => readFileSync(`${folder}${name}`))
  if (users === undefined || streaming === undefined) throw new Error('The files are gone.')
  const period = '2019-03'

  const listeners = await run({ kind: 'listeners', period, currency: 'EUR' }, users)
  expect(await problems(listeners.id)).toEqual([])
  expect(listeners).toMatchObject({ state: 'done', rowsRead: 20, rowsAccepted: 20, format: { decimal: ',' } })
  // 6 x 5.593 + 5 x 7.191 + 5 x 13.491 + 4 x 10.493, not rounded in between.
  expect((await totalsOf(server, period)).poolMicro).toBe(17_894_000_000n)

  const streams = await run({ kind: 'streams' }, streaming)
  expect(await problems(streams.id)).toEqual([])
  expect(streams).toMatchObject({ state: 'done', rowsRead: 76, rowsAccepted: 76, rowsQuarantined: 0 })
  expect(streams.format).toMatchObject({ delimiter: ';', dateFormat: 'dd/mm/yyyy', columns: { track: 'track id' } })

  const cells = streaming
    .toString()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(';'))
  const days = Map.groupBy(cells, ([date, user]) => `${date} ${user}`)
  const tooLong = [...days.values()].filter(
    (rows) => rows.reduce((sum, [, , , , seconds]) => sum + Number(seconds), 0) > 86_400,
  )
  expect([cells.filter(([, , , , seconds]) => Number(seconds) > 86_400).length, tooLong.length]).toEqual([3, 4])
  expect(streams.rowsFlagged).toBe(tooLong.flat().length)
  const flagged = await server.query(`select distinct listener_key, played_on from streams where flagged`)
  expect(flagged).toHaveLength(4)

  const tracks = new Set(cells.map(([, , , track]) => track))
  expect(await server.query(`select from tracks where title is null`)).toHaveLength(tracks.size)
  const seconds = cells.reduce((sum, [, , , , one]) => sum + Number(one), 0)
  expect((await totalsOf(server, period)).payees).toEqual({ unassigned: [seconds, 76] })

  const again = [
    await run({ kind: 'listeners', period, currency: 'EUR' }, users),
    await run({ kind: 'streams' }, streaming),
  ]
  expect(again.map(({ state, duplicateOf }) => [state, duplicateOf])).toEqual([
    ['duplicate', listeners.id],
    ['duplicate', streams.id],
  ])
  expect((await totalsOf(server, period)).payees).toEqual({ unassigned: [seconds, 76] })
})
