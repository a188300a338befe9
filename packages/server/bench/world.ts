import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { newToken } from '../src/auth/tokens.ts'
import { newId } from '../src/ids.ts'

export interface Bench {
  tokens: string[]
  rooms: string[]
}

/** People who are signed in, and rooms of all of them, made in the database. */
export async function seed(
  connectionString: string,
  { people, rooms }: { people: number; rooms: number },
): Promise<Bench> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const tokens: string[] = []
  const userIds: string[] = []
  for (let at = 0; at < people; at++) {
    const userId = newId('user')
    const { id, token, secretHash } = newToken(newId('device'))
    await client.query('insert into users (id, user_name, user_name_key) values ($1, $2, $2)', [
      userId,
      userId.slice(4),
    ])
    await client.query('insert into devices (id, user_id, secret_hash) values ($1, $2, $3)', [id, userId, secretHash])
    tokens.push(token)
    userIds.push(userId)
  }
  const ids: string[] = []
  for (let at = 0; at < rooms; at++) {
    const roomId = newId('room')
    await client.query(`insert into rooms (id, kind, name, created_by) values ($1, 'group', 'bench', $2)`, [
      roomId,
      userIds[0],
    ])
    await client.query(`insert into room_members (room_id, user_id, role) select $1, unnest($2::text[]), 'member'`, [
      roomId,
      userIds,
    ])
    await client.query('insert into memberships (room_id, user_id, from_seq) select $1, unnest($2::text[]), 0', [
      roomId,
      userIds,
    ])
    ids.push(roomId)
  }
  await client.end()
  return { tokens, rooms: ids }
}

/** A server as a process of its own. */
export async function startProcess(
  args: string[],
  ready: RegExp,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => ready.test(chunk.toString()) && resolve())
    child.once('exit', () => reject(new Error(`${args[0]} ended`)))
  })
  return child
}

/** The CPU time a process has used, in milliseconds (Linux). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

export const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
