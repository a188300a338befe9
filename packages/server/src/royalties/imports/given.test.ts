import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { run, problems } = importsOf(client)
const make = catalogueOf(client)

test('a file that is not taken leaves no currency', async () => {
  const header = 'user_id,fee,origin,period,currency'
  const bad = Array.from({ length: 100_001 }, () => 'x').join('\n')
  const failed = await run({ kind: 'listeners' }, `${header}\n1,7.99,web,2026-05,USD\n${bad}`)
  expect(failed).toMatchObject({ state: 'failed', code: 'TOO_MANY_PROBLEMS', rowsAccepted: 0 })
  const period = async () => server.query(`select currency, pool_micro from royalty_periods`)
  expect(await period()).toEqual([{ currency: null, pool_micro: '0' }])
  const made = await run({ kind: 'listeners' }, `${header}\n1,7.99,web,2026-05,EUR`)
  expect(await problems(made.id)).toEqual([])
  expect(await period()).toEqual([{ currency: 'EUR', pool_micro: '719100000' }])
})

/** Who gets what of a track, in percent. */
async function sharesOf(externalId: string) {
  const rows = await server.query<{ name: string; ppm: number }>(
    `select l.name, r.share_ppm as ppm from track_rights r join labels l on l.id = r.label_id
     join tracks t on t.key = r.track_key where t.external_id = $1 order by l.name`,
    [externalId],
  )
  return rows.map(({ name, ppm }) => `${name} ${ppm / 10_000}`)
}

test('the shares of a track are those of its rows, however far apart they are', async () => {
  const old = await make.label('Old')
  for (const externalId of ['near', 'far', 'part']) await make.track({ externalId, labelId: old.id })
  const between = Array.from({ length: 9_000 }, (_, at) => `other${at},Another title of some length,,`)
  const rows = ['near,,Ann,50', 'near,,Bob,50', 'far,,Ann,50', 'part,,Ann,30', ...between, 'far,,Bob,50', 'far,,Ann,1']
  const made = await run({ kind: 'tracks' }, ['track,title,label,share', ...rows].join('\n'))
  expect(await problems(made.id)).toEqual([`${rows.length + 1} SHARES_TOO_HIGH`])
  expect(await sharesOf('near')).toEqual(['Ann 50', 'Bob 50'])
  expect(await sharesOf('far')).toEqual(['Ann 50', 'Bob 50'])
  expect(await sharesOf('part')).toEqual(['Ann 30'])
})

test('labels of one name are one, and their shares are added up', async () => {
  const made = await run({ kind: 'tracks' }, 'track,label,share\nsame,Blue Sky,60\nsame,BLUE  sky,40\nsame,Red,1')
  expect(await problems(made.id)).toEqual(['4 SHARES_TOO_HIGH'])
  expect(await sharesOf('same')).toEqual(['Blue Sky 100'])
  const next = await run({ kind: 'tracks' }, 'track,label\nsame,Red')
  expect(next).toMatchObject({ rowsAccepted: 1, rowsQuarantined: 0 })
  expect(await sharesOf('same')).toEqual(['Red 100'])
})
