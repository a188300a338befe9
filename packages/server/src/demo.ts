import { sql } from 'kysely'
import type { Antiphon } from './app.ts'
import type { Db } from './db/connect.ts'
import { tableNames } from './db/tables.gen.ts'
import { hashPassword, verifyPassword } from './users/passwords.ts'
import { findCredentials, findPasswordHash, findUser, updateUser } from './users/store.ts'

/** The password of the demo's people, who exist in development databases only. */
export const demoPassword = 'antiphon-demo'
export const demoUser = 'ann'

const people = {
  ann: { firstName: 'Ann', lastName: 'Alvarez' },
  bob: { firstName: 'Bob', lastName: 'Brandt' },
  cleo: { firstName: 'Cleo', lastName: 'Costa' },
} as const

const groupName = 'Spring concert'

const chorus = [
  ['ann', 'Welcome, everybody! This is where we plan the spring concert.'],
  ['cleo', 'Wonderful. I can bring the tenor parts on Thursday 🎶'],
  ['bob', 'Thursday works. Shall we meet at seven?'],
  ['ann', 'Seven it is.'],
] as const

const duet = [
  ['bob', 'Do you have the second page of the score?'],
  ['ann', 'Yes, I scanned it yesterday. I will bring a copy.'],
  ['bob', 'Thank you! ¡Hasta el jueves!'],
] as const

/** Any number: who holds it fills. */
const lockKey = 7_201_436_812

/**
 * Fills an empty database with three people who talk, through the same procedures that everybody uses, and completes a
 * filling that was cut short. Several processes may do it at once.
 * @returns whether the demo's people are there: false in a database with users of its own
 */
export async function ensureDemo(antiphon: Antiphon, db: Db): Promise<boolean> {
  return db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${lockKey})`.execute(connection)
    try {
      const anyone = await connection.selectFrom('users').select('id').limit(1).executeTakeFirst()
      if (anyone !== undefined && !(await isDemo(connection))) return false
      await fill(antiphon, connection)
      return true
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

/** Each step has one effect, however often it is done. */
async function fill(antiphon: Antiphon, db: Db): Promise<void> {
  const [ann, bob, cleo] = [
    await person(antiphon, db, 'ann'),
    await person(antiphon, db, 'bob'),
    await person(antiphon, db, 'cleo'),
  ]
  const callers = { ann: ann.caller, bob: bob.caller, cleo: cleo.caller }
  const { items } = await ann.caller.messages.rooms.list({})
  const existing = items.find(({ name }) => name === groupName)
  if (existing === undefined) {
    await updateUser(db, ann.id, { roles: ['admin'] })
    await ann.caller.users.friends.request({ userId: bob.id })
    await bob.caller.users.friends.request({ userId: ann.id })
    await cleo.caller.users.friends.request({ userId: ann.id })
  }
  const group = existing ?? (await ann.caller.messages.rooms.create({ name: groupName, memberIds: [bob.id, cleo.id] }))
  const direct = await bob.caller.messages.rooms.direct({ userId: ann.id })
  for (const [at, [name, body]] of chorus.entries()) {
    await callers[name].messages.send({ roomId: group.id, body, clientId: `demo-${at}` })
  }
  for (const [at, [name, body]] of duet.entries()) {
    await callers[name].messages.send({ roomId: direct.id, body, clientId: `demo-${at}` })
  }
}

async function person(antiphon: Antiphon, db: Db, userName: keyof typeof people) {
  const account = { ...people[userName], userName, email: `${userName}@example.com` }
  const made =
    (await findUser(db, { userName })) ?? (await antiphon.caller({ service: 'demo' }).users.create({ ...account }))
  if ((await findPasswordHash(db, made.id)) === null) {
    const passwordHash = await hashPassword(demoPassword, null)
    await updateUser(db, made.id, { passwordHash, emailVerifiedAt: new Date() })
  }
  return { id: made.id, caller: antiphon.caller({ userId: made.id }) }
}

/** Empties every table of Antiphon and its queue of jobs; the schema stays. */
export async function emptyDatabase(db: Db): Promise<void> {
  const tables = tableNames.filter((name) => name !== 'antiphon_migrations').map((name) => sql.table(name))
  await sql`truncate ${sql.join(tables)}`.execute(db)
  await sql`delete from graphile_worker._private_jobs`.execute(db)
}
