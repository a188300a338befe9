import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { type HeldServer, holdServer } from './hold.ts'
import { whoIs } from './pidfile.ts'
import {
  cleanUp,
  isAlive,
  newDirectory,
  postmasterOf,
  query,
  startHolder,
  startProcess,
  until,
} from './world.fixture.ts'

// One directory for all: each test finds it stopped, leaves it stopped, and adds rows.
const directory = newDirectory()
const data = join(directory, 'postgres/data')

afterAll(async () => {
  expect(await cleanUp()).toEqual([])
})

async function missing(server: HeldServer, acknowledged: number[]): Promise<number[]> {
  const rows = await query<{ id: string }>(server.connection, 'select id from acknowledged')
  const present = new Set(rows.map(({ id }) => Number(id)))
  return acknowledged.filter((id) => !present.has(id))
}

test('after kill -9 of the holding process the server runs on and the next start adopts it, with every row', async () => {
  const holder = startHolder(directory)
  await holder.held
  const pid = await postmasterOf(directory)
  holder.tell('write')
  await until(() => holder.rows.length > 50)
  await holder.kill()
  expect(isAlive(pid)).toBe(true)
  const server = await holdServer(directory)
  expect(await postmasterOf(directory)).toBe(pid)
  expect(await missing(server, [...holder.rows])).toEqual([])
  await server.release()
  expect(isAlive(pid)).toBe(false)
})

test('after kill -9 of the postmaster the holding process brings it back by itself, with every row', async () => {
  const holder = startHolder(directory)
  const { connection } = await holder.held
  holder.tell('write')
  await until(() => holder.rows.length > 50)
  const pid = await postmasterOf(directory)
  process.kill(pid, 'SIGKILL')
  await until(() => holder.lines.some((line) => line.includes('is back')))
  const before = holder.rows.length
  await until(() => holder.rows.length > before + 20)
  const server = await holdServer(directory)
  expect(server.connection).toEqual(connection)
  expect(await missing(server, [...holder.rows])).toEqual([])
  expect(holder.lines).toHaveLength(3)
  await server.release()
  expect(isAlive(await postmasterOf(directory))).toBe(true)
  holder.tell('release')
  await holder.ended
  expect(await postmasterOf(directory)).toBe(0)
})

test('after kill -9 of both the next start recovers every row', async () => {
  const holder = startHolder(directory)
  await holder.held
  holder.tell('write')
  await until(() => holder.rows.length > 200)
  process.kill(await postmasterOf(directory), 'SIGKILL')
  await holder.kill()
  const server = await holdServer(directory)
  expect(await missing(server, [...holder.rows])).toEqual([])
  await server.release()
})

test('a server that somebody else stops is brought back', async () => {
  const lines: string[] = []
  const server = await holdServer(directory, { log: (line) => lines.push(line) })
  process.kill(await postmasterOf(directory), 'SIGINT')
  await until(() => lines.some((line) => line.includes('is back')))
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.release()
})

test('a hold whose connection alone is cut takes its share again', async () => {
  const lines: string[] = []
  const server = await holdServer(directory, { log: (line) => lines.push(line) })
  const pid = await postmasterOf(directory)
  await query(server.admin, `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`)
  await until(() => lines.some((line) => line.includes('is back')))
  expect(await postmasterOf(directory)).toBe(pid)
  await server.release()
  expect(isAlive(pid)).toBe(false)
})

test('release during an outage ends promptly, twice too, and leaves no server', async () => {
  for (const pauseMs of [0, 30, 400]) {
    const server = await holdServer(directory)
    process.kill(await postmasterOf(directory), 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    const since = Date.now()
    await Promise.all([server.release(), server.release()])
    await server.release()
    expect(Date.now() - since).toBeLessThan(5000)
    // Whoever was killed may take a moment to be gone.
    const postmaster = await postmasterOf(directory)
    await until(() => !isAlive(postmaster))
  }
})

/** Starts a process under the account of the data directory, whose life would keep Postgres from starting. */
async function startForeign(script: string): Promise<number> {
  const { uid, gid } = statSync(data)
  const child = startProcess('/bin/sh', ['-c', script], process.getuid?.() === 0 ? { uid, gid } : {})
  const pid = await new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve))
  return Number(pid)
}

/** Kills holder and postmaster, then makes the files they left name another process. */
async function leaveStaleFiles(pid: number): Promise<void> {
  const holder = startHolder(directory)
  const { connection } = await holder.held
  const postmaster = await postmasterOf(directory)
  process.kill(postmaster, 'SIGKILL')
  await holder.kill()
  await until(() => !isAlive(postmaster))
  for (const path of [join(data, 'postmaster.pid'), join(connection.host, '.s.PGSQL.5432.lock')]) {
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(pid)))
  }
}

test('a stale postmaster.pid that names a living foreign process does not block, and that process is unharmed', async () => {
  const foreign = await startForeign('echo $$; exec sleep 60')
  expect(await whoIs(foreign, data)).toBe('foreign')
  await leaveStaleFiles(foreign)
  const server = await holdServer(directory)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.release()
  expect(isAlive(foreign)).toBe(true)
})

test.runIf(process.platform === 'linux')('a stale postmaster.pid that names a zombie does not block', async () => {
  const zombie = await startForeign('sleep 1 & echo $!; exec sleep 60')
  await until(async () => (await whoIs(zombie, data)) === 'zombie')
  await leaveStaleFiles(zombie)
  const server = await holdServer(directory)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.release()
})
