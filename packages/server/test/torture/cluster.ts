import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { antiphon, type Command } from '../process/command.ts'

export interface Instance {
  port: number
  command: Command
}

/** Several servers on one data directory, each on a port of its own that it keeps over restarts. */
export async function startCluster(data: string, count: number) {
  const start = async (port: number): Promise<Instance> => {
    const command = antiphon(['serve', '--data', data, '--port', String(port)], {
      LOG_LEVEL: 'warn',
      CALLS_PER_MINUTE: '1000000',
    })
    await command.printed(/ready at/, 60_000)
    return { port, command }
  }
  const ports: number[] = []
  for (let at = 0; at < count; at++) ports.push(await freePort())
  const instances: Instance[] = []
  for (const port of ports) instances.push(await start(port))
  const restart = async (at: number) => {
    const { port, command } = instances[at]!
    command.child.kill('SIGKILL')
    await command.ended
    instances[at] = await start(port)
  }
  return {
    instances,
    /** Ends one as a crash does, and starts it again. */
    restart,
    /** Holds a process up for a while, as a machine out of breath does. */
    async pause(at: number, ms: number) {
      const { child } = instances[at]!.command
      child.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, ms))
      child.kill('SIGCONT')
    },
    /** Postgres goes without a checkpoint; a server that starts anew brings it back. */
    async crashPostgres(at: number) {
      const [pid = ''] = (await readFile(join(data, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      await restart(at)
    },
    async stop() {
      await Promise.all(
        instances.map(({ command }) => {
          command.child.kill('SIGTERM')
          return command.ended
        }),
      )
    },
    /** What the servers said that no server should have to say. */
    complaints: () =>
      instances.flatMap(({ command }) =>
        command
          .output()
          .split('\n')
          .filter((line) => /"level":(50|60)/.test(line)),
      ),
  }
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
