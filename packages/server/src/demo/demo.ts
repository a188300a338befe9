import { sql } from 'kysely'
import type { Antiphon, Opened } from '../app.ts'
import type { Db } from '../db/connect.ts'
import type { MeetingId, RoomId, UserId } from '../ids.ts'
import { hashPassword, verifyPassword } from '../users/passwords.ts'
import { findCredentials, findPasswordHash, findUser, updateUser } from '../users/store.ts'
import { ensureRecording } from './recording.ts'
import { ensureRoyalties } from './royalties.ts'

/** The password of the demo's people, who exist in development databases only. */
export const demoPassword = 'antiphon-demo'
export const demoUser = 'ann'

const people = {
  ann: { firstName: 'Ann', lastName: 'Alvarez' },
  bob: { firstName: 'Bob', lastName: 'Brandt' },
  cleo: { firstName: 'Cleo', lastName: 'Costa' },
} as const

type Name = keyof typeof people

/** A message, and what became of it. */
interface Line {
  readonly by: Name
  readonly body: string
  /** Which line of the same room it answers. */
  readonly replyTo?: number
  readonly editedTo?: string
  readonly isDeleted?: boolean
  readonly reactions?: readonly (readonly [emoji: string, by: Name])[]
}

const concert: readonly Line[] = [
  {
    by: 'ann',
    body: 'Welcome, everybody! This is where we plan the spring concert.',
    reactions: [
      ['🎶', 'cleo'],
      ['🎶', 'bob'],
    ],
  },
  { by: 'cleo', body: 'Wonderful. I can bring the tenor parts on Thursday 🎶' },
  { by: 'bob', body: 'Thursday works. Shall we meet at seven?' },
  { by: 'ann', body: 'Seven it is.', replyTo: 2, reactions: [['👍', 'bob']] },
  { by: 'cleo', body: 'Does anybody have the key of the old hall?', isDeleted: true },
  { by: 'bob', body: '@ann, who asks the hall about the chairs?' },
  { by: 'cleo', body: 'I can ask them tomorrow.', replyTo: 5 },
]

const duet: readonly Line[] = [
  { by: 'bob', body: 'Do you have the second page of the score?' },
  { by: 'ann', body: 'Yes, I scanned it.', replyTo: 0, editedTo: 'Yes, I scanned it yesterday. I will bring a copy.' },
  { by: 'bob', body: 'Thank you! ¡Hasta el jueves!', reactions: [['❤️', 'ann']] },
]

const corner: readonly Line[] = [
  { by: 'cleo', body: 'Everybody is welcome here: no rehearsals, just coffee ☕' },
  { by: 'bob', body: 'Then I bring the cake.' },
]

const question: readonly Line[] = [{ by: 'cleo', body: 'Ann, do you have a minute tomorrow?' }]

type DemoMeans = Pick<Opened, 'antiphon' | 'pool' | 'db' | 'storage'>

/** Any number: who holds it fills. */
const lockKey = 7_201_436_812

/**
 * Fills an empty database with three people who talk, through the same procedures that everybody uses, and completes a
 * filling that was cut short. Several processes may do it at once.
 * @returns whether the demo's people are there: false in a database with users of its own
 */
export async function ensureDemo({ antiphon, pool, db, storage }: DemoMeans): Promise<boolean> {
  return oneAtATime(db, async (connection) => {
    const anyone = await connection.selectFrom('users').select('id').limit(1).executeTakeFirst()
    if (anyone !== undefined && !(await isDemo(connection))) return false
    await fill({ antiphon, pool, db: connection, storage })
    return true
  })
}

/** Of all processes on the database, one does this at a time. */
export function oneAtATime<Result>(db: Db, work: (connection: Db) => Promise<Result>): Promise<Result> {
  return db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${lockKey})`.execute(connection)
    try {
      return await work(connection)
    } finally {
      await sql`select pg_advisory_unlock(${lockKey})`.execute(connection)
    }
  })
}

/** The demo's first person exists with the demo's password. */
async function isDemo(db: Db): Promise<boolean> {
  const found = await findCredentials(db, demoUser)
  return found !== undefined && verifyPassword(found.passwordHash, demoPassword, null)
}

/** Each step has one effect, however often it is done; once the last one was done, what people did since stays. */
async function fill({ antiphon, pool, db, storage }: DemoMeans): Promise<void> {
  const ann = await person(antiphon, db, 'ann')
  const bob = await person(antiphon, db, 'bob')
  const cleo = await person(antiphon, db, 'cleo')
  if (await hasMessage(db, cleo.id, lastKey)) return
  const callers: Callers = { ann: ann.caller, bob: bob.caller, cleo: cleo.caller }
  await updateUser(db, ann.id, { roles: ['admin', 'royalties'] })
  await ann.caller.users.friends.request({ userId: bob.id })
  await bob.caller.users.friends.request({ userId: ann.id })
  await cleo.caller.users.friends.request({ userId: ann.id })

  const cornerId = await ensureGroup(cleo.caller, {
    ...{ name: 'Coffee corner', topic: 'For everybody', memberIds: [bob.id] },
    access: 'open',
  })
  await say(callers, cornerId, corner)
  const { id: duetId } = await bob.caller.messages.rooms.direct({ userId: ann.id })
  const duetSeqs = await say(callers, duetId, duet)
  const concertId = await ensureGroup(ann.caller, {
    ...{ name: 'Spring concert', topic: 'Thursday at seven, in the old hall', memberIds: [bob.id, cleo.id] },
  })
  const concertSeqs = await say(callers, concertId, concert)

  // Ann has not read all of it yet.
  await ann.caller.messages.markRead({ roomId: concertId, seq: concertSeqs[3] ?? 1 })
  await ann.caller.messages.markRead({ roomId: duetId, seq: duetSeqs.at(-1) ?? 1 })
  await bob.caller.messages.markRead({ roomId: duetId, seq: duetSeqs.at(-1) ?? 1 })
  for (const caller of [bob.caller, cleo.caller]) {
    await caller.messages.markRead({ roomId: concertId, seq: concertSeqs.at(-1) ?? 1 })
  }
  const meetingId = await arrange(callers, { bobId: bob.id, cleoId: cleo.id })
  const viewerIds = [bob.id, cleo.id]
  await ensureRecording({ antiphon, db, storage }, { hostId: ann.id, viewerIds, meetingId })
  await ensureRoyalties({ pool, keeper: ann.caller }, { memberId: bob.id, listenerId: cleo.id })
  const { id: questionId } = await cleo.caller.messages.rooms.direct({ userId: ann.id })
  await say(callers, questionId, question, lastKey)
}

type Caller = ReturnType<Antiphon['caller']>
type Callers = Readonly<Record<Name, Caller>>

const lastKey = 'demo-last'

async function hasMessage(db: Db, senderId: UserId, clientId: string): Promise<boolean> {
  const found = await db
    .selectFrom('messages')
    .select('seq')
    .where('sender_id', '=', senderId)
    .where('client_id', '=', clientId)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

async function ensureGroup({ messages: { rooms } }: Caller, settings: Parameters<typeof rooms.create>[0]) {
  const { items } = await rooms.list({})
  const room = items.find(({ name }) => name === settings.name) ?? (await rooms.create(settings))
  return room.id
}

const day = 86_400_000

/** A series that Ann holds, an audition with a lobby of Cleo's, and something that Bob plans alone. */
async function arrange(
  { ann, bob, cleo }: Callers,
  { bobId, cleoId }: Record<'bobId' | 'cleoId', UserId>,
): Promise<MeetingId> {
  const evening = new Date(Math.ceil(Date.now() / day) * day + 18 * 3_600_000)
  const soon = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000)
  const own = { durationMinutes: 90, timeZone: 'Europe/Berlin', link: 'https://meet.example.com/old-hall' }
  const meetingId = await ensureMeeting(ann, {
    ...{ ...own, title: 'Rehearsal', description: 'Please bring the tenor parts.', startsAt: evening },
    ...{ recurrence: 'FREQ=WEEKLY;COUNT=12', invitees: [{ userId: bobId }, { userId: cleoId }] },
  })
  await bob.meetings.respond({ meetingId, response: 'yes' })
  await cleo.meetings.respond({ meetingId, response: 'maybe' })
  const invitees = [{ userId: bobId }]
  await ensureMeeting(cleo, { ...own, title: 'Auditions', startsAt: soon, lobby: true, passcode: 'high-c', invitees })
  const later = new Date(evening.getTime() + 2 * day)
  await ensureMeeting(bob, { ...own, title: 'Tuning the piano', startsAt: later })
  return meetingId
}

async function ensureMeeting({ meetings }: Caller, settings: Parameters<typeof meetings.create>[0]) {
  const { items } = await meetings.list({ since: new Date(0) })
  const known = items.find(({ title }) => title === settings.title)
  return known?.meetingId ?? (await meetings.create(settings)).id
}

/** Sends messages, and does with them what is to be done; their numbers. */
async function say(callers: Callers, roomId: RoomId, lines: readonly Line[], key?: string): Promise<number[]> {
  const seqs: number[] = []
  for (const [at, { by, body, replyTo, editedTo, isDeleted, reactions = [] }] of lines.entries()) {
    const { messages } = callers[by]
    const answered = replyTo === undefined ? undefined : seqs[replyTo]
    const clientId = key ?? `demo-${at}`
    const { seq } = await messages.send({ roomId, body, clientId, replyTo: answered })
    seqs.push(seq)
    if (editedTo !== undefined) await messages.edit({ roomId, seq, body: editedTo })
    for (const [emoji, name] of reactions) await callers[name].messages.react({ roomId, seq, emoji })
    if (isDeleted) await messages.remove({ roomId, seq })
  }
  return seqs
}

async function person(antiphon: Antiphon, db: Db, userName: Name) {
  const account = { ...people[userName], userName, email: `${userName}@example.com` }
  const made =
    (await findUser(db, { userName })) ?? (await antiphon.caller({ service: 'demo' }).users.create({ ...account }))
  if ((await findPasswordHash(db, made.id)) === null) {
    const passwordHash = await hashPassword(demoPassword, null)
    await updateUser(db, made.id, { passwordHash, emailVerifiedAt: new Date() })
  }
  return { id: made.id, caller: antiphon.caller({ userId: made.id }) }
}
