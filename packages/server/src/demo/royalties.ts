import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import pino from 'pino'
import type { Caller } from '../app.ts'
import type { UserId } from '../ids.ts'
import { importFile } from '../royalties/imports/loading/file.ts'
import { monthAfter } from '../royalties/periods/month.ts'

const tracks = `track;title;label;isrc;share
T-101;Morning at the Pier;Harbour Records;DEHR12600001;100
T-102;Salt and Rope;Harbour Records;DEHR12600002;100
T-103;Two Lighthouses;Harbour Records;;50
T-103;Two Lighthouses;Old Hall Editions;;50
T-201;Stairwell Fugue;Old Hall Editions;;100
T-202;Dust on the Keys;Old Hall Editions;;100
T-301;Found Tape;;;
`

const heardTracks = ['T-101', 'T-102', 'T-103', 'T-201', 'T-202', 'T-301']
const cleosId = 'L-03'
/** Who listens, and what they pay; the last one hears nothing. */
const listeners = [
  ...['L-01;premium;9,99;web', 'L-02;premium;9,99;app_store', `${cleosId};family;14,99;web`, 'L-04;student;4,99;web'],
  ...['L-05;premium;9,99;app_store', 'L-06;premium;9,99;web'],
]

const feesOf = (period: string) =>
  `listener;plan;fee;origin;period;currency\n${listeners.map((line) => `${line};${period};EUR\n`).join('')}`

/** A month of streams, another one for each `seed`. */
function streamsOf(period: string, seed: number, more: readonly string[] = []): string {
  const lines: string[] = []
  for (const [who, line] of listeners.slice(0, -1).entries()) {
    const [listener] = line.split(';')
    for (const [what, track] of heardTracks.entries()) {
      for (let time = 0; time < (seed + who * 3 + what * 5) % 4; time++) {
        const day = String(1 + ((who * 7 + what * 3 + time * 5) % 28)).padStart(2, '0')
        const seconds = 20 + ((seed * 41 + who * 37 + what * 53 + time * 29) % 280)
        lines.push(`${period}-${day};${listener};${track};${seconds};${who % 2 === 0 ? 'DE' : 'NL'}`)
      }
    }
  }
  return `date;listener;track;seconds;region\n${[...lines, ...more.map((line) => `${period}-${line}`)].join('\n')}\n`
}

/** The month before the last one. */
function firstMonth(): string {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 1)).toISOString().slice(0, 7)
}

interface People {
  /** Who sees what a label gets. */
  memberId: UserId
  /** Who is one of the listeners. */
  listenerId: UserId
}

/**
 * Two months of royalties: one that is closed, with statements, one of them paid; and one that is open, with a row in quarantine
 * and a track that nobody knows.
 */
export async function ensureRoyalties(
  { pool, keeper: { royalties } }: { pool: pg.Pool; keeper: Caller },
  { memberId, listenerId: userId }: People,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'antiphon-demo-'))
  const load = async (kind: 'streams' | 'listeners' | 'tracks', fileName: string, text: string) => {
    const path = join(directory, fileName)
    await writeFile(path, text)
    await importFile({ pool, log: pino({ level: 'silent' }) }, { kind, path, fileName })
  }
  try {
    const known = await royalties.periods.list({ limit: 200 })
    const [closed = firstMonth()] = [firstMonth(), ...known.items.map(({ period }) => period)].sort()
    const open = monthAfter(closed)
    await load('tracks', 'tracks.csv', tracks)
    const { items: labels } = await royalties.labels.list({})
    const labelOf = (name: string) => labels.find((label) => label.name === name)?.id
    const [harbour, hall] = [labelOf('Harbour Records'), labelOf('Old Hall Editions')]
    if (harbour === undefined || hall === undefined) throw new Error('The labels of the demo are gone.')
    await royalties.labels.addMember({ labelId: harbour, userId: memberId })
    await load('listeners', `listeners-${closed}.csv`, feesOf(closed))
    await load('streams', `streams-${closed}.csv`, streamsOf(closed, 1))
    await royalties.listeners.update({
      listenerId: (await royalties.listeners.get({ externalId: cleosId })).id,
      userId,
    })
    const { state } = await royalties.periods.get({ period: closed })
    if (state === 'open') await royalties.runs.create({ period: closed, model: 'user-centric-seconds' })
    await royalties.periods.close({ period: closed })
    const { payment } = await royalties.statements.get({ period: closed, labelId: hall })
    if (payment === null)
      await royalties.statements.markPaid({ period: closed, labelId: hall, reference: 'Transfer 1' })
    await load('listeners', `listeners-${open}.csv`, feesOf(open))
    const strange = ['15;L-99;T-101;180;DE', '16;L-01;T-909;200;DE']
    await load('streams', `streams-${open}.csv`, streamsOf(open, 2, strange))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
