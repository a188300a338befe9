import { execFile } from 'node:child_process'
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)

/** A throw-away server of the binaries in `bin`, on a socket of its own; as root under the account `nobody`. */
export async function startSystemPostgres(bin: string) {
  const directory = await mkdtemp(join(tmpdir(), 'antiphon-system-'))
  const data = join(directory, 'data')
  const account = process.getuid?.() === 0 ? await nobody() : undefined
  if (account !== undefined) await chown(directory, account.uid, account.gid)
  const options = { ...account, cwd: directory, env: { PATH: bin, LC_ALL: 'C', TZ: 'UTC' } }
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '-N'],
    options,
  )
  const settings = `-c listen_addresses='' -c unix_socket_directories=${directory} -c max_connections=200`
  const start = ['start', '-w', '-D', data, '-l', join(directory, 'log'), '-o', settings]
  await run(join(bin, 'pg_ctl'), start, options)
  const admin = { host: directory, port: 5432, user: 'postgres', database: 'postgres' }
  // No superuser, as the application's role is none.
  const owner = { user: 'antiphon' }
  const client = new pg.Client(admin)
  await client.connect()
  await client.query(`create role ${owner.user} login`).finally(() => client.end())
  return {
    admin,
    owner,
    stop: async () => {
      await run(join(bin, 'pg_ctl'), ['stop', '-w', '-D', data, '-m', 'immediate'], options)
      await rm(directory, { recursive: true })
    },
  }
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}
