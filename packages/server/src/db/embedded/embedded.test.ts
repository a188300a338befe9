import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HeldServer, holdServer } from './hold.ts'
import { cleanUp, isAlive, newDirectory, postmasterOf, query, startHolder, until } from './world.fixture.ts'

afterAll(async () => {
  expect(await cleanUp()).toEqual([])
})

describe('a held server', () => {
  const directory = newDirectory()
  const lines: string[] = []
  let server: HeldServer
  beforeAll(async () => {
    server = await holdServer(directory, { log: (line) => lines.push(line) })
  })
  afterAll(() => server.release())

  test('gives the application a role that owns its database and is no superuser', async () => {
    const [role] = await query(server.connection, 'select * from pg_roles where rolname = current_user')
    expect(role).toMatchObject({ rolname: 'antiphon', rolsuper: false, rolcreaterole: false, rolcreatedb: false })
    await query(server.connection, 'create schema own')
    await expect(query(server.connection, `select pg_read_file('postmaster.pid')`)).rejects.toThrow('permission denied')
    const [admin] = await query(
      server.admin,
      'select rolsuper, current_database() from pg_roles where rolname = current_user',
    )
    expect(admin).toEqual({ rolsuper: true, current_database: 'postgres' })
  })

  test('is Postgres 18 in UTF-8 with the builtin locale, durable and with checksums', async () => {
    const [database] = await query(
      server.connection,
      `select pg_encoding_to_char(encoding) as encoding, datlocprovider, datlocale, datcollate,
              current_setting('server_version_num')::int / 10000 as major
         from pg_database where datname = current_database()`,
    )
    expect(database).toEqual({
      encoding: 'UTF8',
      datlocprovider: 'b',
      datlocale: 'C.UTF-8',
      datcollate: 'C',
      major: 18,
    })
    const settings = await query<{ name: string; setting: string }>(
      server.connection,
      `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit',
         'data_checksums', 'max_connections', 'listen_addresses', 'TimeZone', 'password_encryption')`,
    )
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      max_connections: '200',
      listen_addresses: '',
      TimeZone: 'UTC',
      password_encryption: 'scram-sha-256',
    })
  })

  test('asks for the password, and keeps passwords out of its log, its settings and the command line', async () => {
    await expect(query({ ...server.connection, password: 'wrong' }, 'select 1')).rejects.toThrow(
      'password authentication',
    )
    const home = join(directory, 'postgres')
    expect(statSync(join(home, 'passwords.json')).mode & 0o777).toBe(0o600)
    const pid = await postmasterOf(directory)
    const seen = ['server.log', 'server.conf'].map((name) => readFileSync(join(home, name), 'utf8'))
    if (process.platform === 'linux') {
      seen.push(...['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8')))
    }
    for (const text of [...seen, ...lines]) {
      expect(text).not.toContain(server.connection.password)
      expect(text).not.toContain(server.admin.password)
    }
    expect(readdirSync(home)).not.toContain('superuser')
  })

  test('is shared by several holds in one process, and runs until the last is released', async () => {
    const second = await holdServer(directory)
    const third = await holdServer(directory)
    expect(second.connection).toEqual(server.connection)
    await second.release()
    expect(await query(third.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await third.release()
    await third.release()
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

describe('several processes on one directory', () => {
  test('three that start at once on a new one share one server; the last one out stops it, not before', async () => {
    const directory = newDirectory()
    const holders = [startHolder(directory), startHolder(directory), startHolder(directory)]
    const connections = await Promise.all(holders.map((holder) => holder.held))
    const pid = await postmasterOf(directory)
    const started = await Promise.all(
      connections.map(({ connection }) => query(connection, 'select pg_postmaster_start_time()::text as at')),
    )
    expect(new Set(started.map(([row]) => row?.at)).size).toBe(1)
    expect(holders.filter(({ lines }) => lines[0]?.includes('started'))).toHaveLength(1)
    for (const holder of holders) {
      expect(isAlive(pid)).toBe(true)
      holder.tell('release')
      await holder.ended
    }
    expect(isAlive(pid)).toBe(false)
    expect(readdirSync(directory)).toEqual(['postgres'])
  })

  test('one that comes while the last one leaves gets a server, round after round', async () => {
    const directory = newDirectory()
    let held = await holdServer(directory)
    for (let round = 0; round < 4; round++) {
      const leaving = held.release()
      held = await holdServer(directory)
      await leaving
      expect(await query(held.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    }
    await held.release()
    expect(await postmasterOf(directory)).toBe(0)
  })
})

test('a first start that is killed half-way leaves nothing that blocks the next, and is swept later', async () => {
  const directory = newDirectory()
  const holder = startHolder(directory)
  const unit = () => existsSync(directory) && readdirSync(directory).find((name) => name.startsWith('postgres.new-'))
  await until(() => existsSync(join(directory, unit() || '', 'data/base')))
  await holder.kill()
  const left = join(directory, unit() || '')
  const server = await holdServer(directory)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  const longAgo = Date.now() / 1000 - 7200
  utimesSync(left, longAgo, longAgo)
  const second = await holdServer(directory)
  expect(readdirSync(directory)).toEqual(['postgres'])
  await second.release()
  await server.release()
})
