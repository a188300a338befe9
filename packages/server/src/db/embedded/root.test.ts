import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, chownSync, constants, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chooseAccount } from './account.ts'
import { holdServer } from './hold.ts'
import { cleanUp, isAlive, isRoot, newDirectory, postmasterOf, query, startHolder } from './world.fixture.ts'

afterAll(async () => {
  expect(await cleanUp()).toEqual([])
})

function ownersIn(folder: string): Set<number> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Set(['', ...entries].map((name) => statSync(join(folder, name)).uid))
}

if (!isRoot) console.log('Skipped: how the bundled Postgres runs for root (this test does not run as root).')

describe.runIf(isRoot)('as root', () => {
  test('the server runs under an unprivileged account without groups of root', async () => {
    const directory = newDirectory()
    const account = (await chooseAccount())!
    const server = await holdServer(directory)
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    const home = join(directory, 'postgres')
    expect(ownersIn(join(home, 'data'))).toEqual(new Set([account.uid]))
    expect(statSync(join(home, 'passwords.json')).uid).toBe(0)
    const status = readFileSync(`/proc/${await postmasterOf(directory)}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:(\\s+${account.uid}){4}$`, 'm'))
    expect(status).toMatch(/^Groups:\s*$/m)
    await server.release()

    for (const name of ['', ...readdirSync(join(home, 'data'), { recursive: true, encoding: 'utf8' })]) {
      chownSync(join(home, 'data', name), 0, 0)
    }
    const restored = await holdServer(directory)
    expect(ownersIn(join(home, 'data'))).toEqual(new Set([account.uid]))
    await restored.release()
  })

  test('a directory that the account cannot enter is named in the message', async () => {
    const directory = newDirectory(join('closed', 'data'))
    mkdirSync(dirname(directory), { mode: 0o700 })
    const { name } = (await chooseAccount())!
    await expect(holdServer(directory)).rejects.toThrow(
      new RegExp(`^The account "${name}".* cannot enter ${dirname(directory)}: .*DATABASE_URL.*$`),
    )
    chmodSync(dirname(directory), 0o711)
    await (await holdServer(directory)).release()
  })

  const under = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace']
  const isContainer = isRoot && spawnSync('setpriv', [...under.slice(1), 'true']).status === 0
  test.runIf(isContainer)(
    'without the right to look into other processes, as in a container, it still knows its own',
    async () => {
      const directory = newDirectory()
      const holder = startHolder(directory, { under })
      await holder.held
      const pid = await postmasterOf(directory)
      holder.tell('release')
      await holder.ended
      expect(isAlive(pid)).toBe(false)
      expect(holder.lines.at(-1)).toBe('Postgres stopped')
    },
  )
})

/** Why an unprivileged account cannot run this checkout; undefined when it can. */
function obstacle(uid: number, gid: number): string | undefined {
  const script = 'for p do [ -r "$p" ] || { echo "$p"; exit 1; }; done'
  const { stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', process.execPath, import.meta.filename], {
    uid,
    gid,
    encoding: 'utf8',
  })
  return stdout?.trim() || undefined
}

test('an ordinary user runs it with everything in their own name', async (context) => {
  const directory = newDirectory()
  if (!isRoot) {
    const server = await holdServer(directory)
    expect(ownersIn(directory)).toEqual(new Set([process.getuid?.()]))
    await server.release()
    return
  }
  const { uid, gid } = (await chooseAccount())!
  const unreadable = obstacle(uid, gid)
  if (unreadable) {
    console.log(`Skipped: the server as an ordinary user (uid ${uid} cannot read ${unreadable}).`)
    return context.skip()
  }
  accessSync(process.execPath, constants.X_OK)
  chownSync(dirname(directory), uid, gid)
  const holder = startHolder(directory, { uid, gid })
  const { connection } = await holder.held
  expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(ownersIn(directory)).toEqual(new Set([uid]))
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  const pid = await postmasterOf(directory)
  await holder.kill()

  const adopted = startHolder(directory, { uid, gid })
  await adopted.held
  expect(await postmasterOf(directory)).toBe(pid)
  adopted.tell('release')
  await adopted.ended
  expect(isAlive(pid)).toBe(false)
})
