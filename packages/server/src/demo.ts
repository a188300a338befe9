import { sql } from 'kysely'
import type { Antiphon } from './app.ts'
import type { Db } from './db/connect.ts'
import { tableNames } from './db/tables.gen.ts'

/** The password of the demo's people, who exist in development databases only. */
export const demoPassword = 'antiphon-demo'
export const demoUser = 'ann'

const people = [
  { userName: 'ann', firstName: 'Ann', lastName: 'Alvarez' },
  { userName: 'bob', firstName: 'Bob', lastName: 'Brandt' },
  { userName: 'cleo', firstName: 'Cleo', lastName: 'Costa' },
] as const

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

/** Whether there is nobody in the database yet. */
export async function isEmpty(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) === undefined
}

/** Fills a database with three people who talk, through the same procedures that everybody uses. */
export async function fillDemo(antiphon: Antiphon): Promise<void> {
  const nobody = antiphon.caller()
  const members = new Map<string, Awaited<ReturnType<typeof nobody.users.signUp>>['user']>()
  for (const person of people) {
    const { user } = await nobody.users.signUp({
      ...person,
      email: `${person.userName}@example.com`,
      password: demoPassword,
    })
    members.set(person.userName, user)
  }
  const idOf = (name: string) => {
    const member = members.get(name)
    if (member === undefined) throw new Error(`There is no demo person "${name}".`)
    return member.id
  }
  const as = (name: string) => antiphon.caller({ userId: idOf(name) })
  const memberIds = [idOf('bob'), idOf('cleo')]
  const group = await as('ann').messages.rooms.create({ name: 'Spring concert', memberIds })
  for (const [name, body] of chorus) await as(name).messages.send({ roomId: group.id, body })
  const direct = await as('bob').messages.rooms.direct({ userId: idOf('ann') })
  for (const [name, body] of duet) await as(name).messages.send({ roomId: direct.id, body })
}

/** Empties every table of Antiphon; the schema stays. */
export async function emptyDatabase(db: Db): Promise<void> {
  const tables = tableNames.filter((name) => name !== 'antiphon_migrations').map((name) => sql.table(name))
  await sql`truncate ${sql.join(tables)}`.execute(db)
}
