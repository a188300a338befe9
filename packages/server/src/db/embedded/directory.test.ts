import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findAddress } from './address.ts'
import { findPackage } from './binaries.ts'
import { holdServer } from './hold.ts'
import { cleanUp, isAlive, newDirectory, postmasterOf, query, until } from './world.fixture.ts'

afterAll(async () => {
  expect(await cleanUp()).toEqual([])
})

describe('the name of the directory', () => {
  test('may have blanks, quotes, letters of any script and what a shell would expand', async () => {
    const directory = newDirectory('it\'s "my" data, größer 音楽 $HOME `id` \\ #1')
    const server = await holdServer(directory)
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.release()
    const again = await holdServer(directory)
    await again.release()
  })

  test('may be too long for a socket, whose place survives crashes and cleaners of temporary files', async () => {
    const directory = newDirectory(join('d'.repeat(100), 'e'.repeat(100)))
    const lines: string[] = []
    const server = await holdServer(directory, { log: (line) => lines.push(line) })
    const { connection } = server
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }])

    process.kill(await postmasterOf(directory), 'SIGKILL')
    rmSync(connection.host, { recursive: true })
    await until(() => lines.some((line) => line.includes('is back')))
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }])

    const pid = await postmasterOf(directory)
    rmSync(connection.host, { recursive: true })
    const second = await holdServer(directory)
    expect(second.connection).toEqual(connection)
    expect(isAlive(pid)).toBe(false)
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await Promise.all([server.release(), second.release()])
    expect(await postmasterOf(directory)).toBe(0)
    rmSync(connection.host, { recursive: true })
  })

  test('is part of the remembered place of the socket: a copy does not reach for the original', async () => {
    const home = newDirectory('h'.repeat(120))
    const copy = `${home}2`
    mkdirSync(home)
    const original = await findAddress(home)
    expect(await findAddress(home)).toEqual(original)
    cpSync(home, copy, { recursive: true })
    const other = await findAddress(copy)
    expect(other).not.toEqual(original)
    for (const { host } of [original, other]) rmSync(host, { recursive: true })
  })
})

describe('the binaries', () => {
  test('work from a package without links that cannot be written to, and stay when it goes', async () => {
    const directory = newDirectory()
    const { native } = await findPackage()
    const binaries = join(dirname(directory), 'package')
    cpSync(dirname(native), binaries, { recursive: true })
    for (const entry of readdirSync(binaries, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isSymbolicLink()) rmSync(path)
      else if (entry.isDirectory()) chmodSync(path, 0o555)
    }
    const server = await holdServer(directory, { binaries })
    const [home] = readdirSync(join(directory, 'postgres')).filter((name) => name.startsWith('program-'))
    const { version } = await findPackage(binaries)
    expect(home).toBe(`program-${version}`)
    chmodSync(dirname(directory), 0o711)
    for (const entry of readdirSync(binaries, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755)
    }
    rmSync(binaries, { recursive: true })
    expect(await query(server.admin, 'select count(*) > 500 as many from pg_timezone_names')).toEqual([{ many: true }])
    await query(server.admin, 'create extension pg_trgm')
    await server.release()

    const program = join(directory, 'postgres', home!)
    writeFileSync(join(program, 'share/postgresql/errcodes.txt'), '')
    mkdirSync(join(directory, 'postgres/program-17.0.0'))
    const healed = await holdServer(directory)
    expect(readFileSync(join(program, 'share/postgresql/errcodes.txt'), 'utf8')).not.toBe('')
    expect(existsSync(join(directory, 'postgres/program-17.0.0'))).toBe(false)
    await healed.release()
  })

  test('that do not exist for a platform are named in one line that asks for DATABASE_URL', async () => {
    await expect(findPackage(undefined, 'sunos', 'sparc')).rejects.toThrow(
      /^There is no .* sunos-sparc .*DATABASE_URL.*$/,
    )
    await expect(holdServer(newDirectory(), { binaries: '/nowhere' })).rejects.toThrow(/^There is no .*DATABASE_URL.*$/)
  })
})

describe('a directory that is not ours is refused in one line', () => {
  test('with a cluster of another major version', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'postgres/data'), { recursive: true })
    writeFileSync(join(directory, 'postgres/data/PG_VERSION'), '17\n')
    await expect(holdServer(directory)).rejects.toThrow(/^.* Postgres 17, .* Postgres 18: .*$/)
  })

  test('with other files where the cluster would be', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'postgres'), { recursive: true })
    writeFileSync(join(directory, 'postgres/letter.txt'), 'Dear Ann')
    await expect(holdServer(directory)).rejects.toThrow(/^.*postgres is not empty and holds no Postgres cluster.*$/)
    expect(readdirSync(directory, { recursive: true })).toEqual(['postgres', 'postgres/letter.txt'])
  })

  test('that is itself a data directory of Postgres', async () => {
    const directory = newDirectory()
    mkdirSync(directory)
    writeFileSync(join(directory, 'PG_VERSION'), '18\n')
    await expect(holdServer(directory)).rejects.toThrow(/^.* is itself a data directory of Postgres.*$/)
  })
})

test('a server that cannot start says why, with the end of its log, and starts when the cause is gone', async () => {
  const directory = newDirectory()
  await (await holdServer(directory)).release()
  const settings = join(directory, 'postgres/data/postgresql.conf')
  const good = readFileSync(settings, 'utf8')
  writeFileSync(settings, `${good}max_connections = many\n`)
  await expect(holdServer(directory)).rejects.toThrow(
    /does not start; .*server\.log says:\n.*invalid value.*"max_connections"/s,
  )
  writeFileSync(settings, good)
  await (await holdServer(directory)).release()
})
