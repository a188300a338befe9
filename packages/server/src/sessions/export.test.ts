import { expect, test } from 'vitest'
import { toCsv } from './export.ts'

const at = (minute: number) => new Date(Date.UTC(2030, 4, 1, 10, minute))
const row = {
  ...{ sessionId: 'ses_1' as const, title: 'Choir', startedAt: at(0), endedAt: at(30), userId: null },
  ...{ joinedAt: at(1), leftAt: at(4) },
} as const
const lines = (...names: string[]) =>
  toCsv(names.map((name) => ({ ...row, name })))
    .split('\r\n')
    .slice(1, -1)

test('a line for each stay, with its times and minutes', () => {
  expect(lines('Ann')).toEqual([
    'ses_1,Choir,2030-05-01T10:00:00.000Z,2030-05-01T10:30:00.000Z,Ann,,2030-05-01T10:01:00.000Z,2030-05-01T10:04:00.000Z,3',
  ])
})

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@sum', "'@sum"],
  ['＝1', "'＝1"],
  ['\u200b=1', "'\u200b=1"],
  [' =1', "' =1"],
  ['\t=1', "'\t=1"],
])('%j is no formula', (name, shown) => {
  expect(lines(name)[0]).toContain(`,${shown},`)
})

test('what would break a line is quoted', () => {
  expect(lines('a,b')[0]).toContain(',"a,b",')
  expect(lines('a;b')[0]).toContain(',"a;b",')
  expect(lines('a "b"')[0]).toContain(',"a ""b""",')
  expect(toCsv([{ ...row, name: 'a\r\nb' }])).toContain(',"a\r\nb",')
})

test('a session that nobody is known of has its line; what is too long is cut off', () => {
  const nobody = { ...row, name: null, joinedAt: null, leftAt: null }
  expect(toCsv([nobody])).toContain('10:30:00.000Z,,,,,\r\n')
  expect(toCsv(Array.from({ length: 30_000 }, () => ({ ...row, name: 'x'.repeat(200) }))).length).toBeLessThanOrEqual(
    4_000_000,
  )
})
