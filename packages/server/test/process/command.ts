import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export interface Command {
  child: ChildProcess
  /** All that was printed so far. */
  output: () => string
  /** The exit code, or the signal's name. */
  ended: Promise<number | string>
  /** Waits for a text in the output; the match's groups. */
  printed: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpExecArray>
}

/** Runs the built `antiphon` command as a process of its own. */
export function antiphon(args: readonly string[], env: Record<string, string> = {}): Command {
  if (!existsSync(cli)) throw new Error('The server is not built; run `node scripts/build.mjs` first.')
  const { DATABASE_URL: _, NODE_ENV: __, ...inherited } = process.env
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A test that fails half-way must not leave servers behind.
  const stop = () => child.kill('SIGTERM')
  process.once('exit', stop)
  child.once('close', () => process.off('exit', stop))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal ?? -1)),
  )
  const printed = async (pattern: RegExp, timeoutMs = 30_000) => {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const match = pattern.exec(output)
      if (match !== null) return match
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${pattern} was not printed:\n${output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return { child, output: () => output, ended, printed }
}

/** A server of the built command on a free port; resolves when it is ready. */
export async function serve(data: string, ...more: string[]) {
  const command = antiphon(['serve', '--data', data, '--port', '0', ...more])
  const [, url = ''] = await command.printed(/ready at (http:\S+)/)
  return { ...command, url }
}
