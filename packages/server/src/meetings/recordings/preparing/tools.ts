import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { type Readable, Stream } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { searchPath } from '../../../config.ts'

/** What ffmpeg and ffprobe can do, where they are installed. */
export interface MediaTools {
  /** How long a file plays, in milliseconds: null where it does not say. Undefined where it cannot be read. */
  duration(path: string, demuxer: string, signal: AbortSignal): Promise<number | null | undefined>
  /** Copies sound and pictures into a new file with duration and seek points; false where that cannot be done. */
  remux(input: Readable, to: Remuxed): Promise<boolean>
}

interface Remuxed {
  path: string
  demuxer: string
  muxer: string
  maxBytes: number
  signal: AbortSignal
}

/** The reader for each type: files never choose it themselves, since some readers open other files and addresses. */
const demuxers: Readonly<Record<string, string>> = {
  ...{ webm: 'matroska', matroska: 'matroska', mp4: 'mov', quicktime: 'mov', m4a: 'mov', m4v: 'mov', '3gpp': 'mov' },
  ...{ ogg: 'ogg', opus: 'ogg', mpeg: 'mp3', wav: 'wav', 'vnd.wave': 'wav', flac: 'flac', aac: 'aac', aiff: 'aiff' },
  ...{ 'vnd.avi': 'avi', msvideo: 'avi', mp2t: 'mpegts' },
}

export function demuxerOf(type: string): string | undefined {
  const [family, name = ''] = type.replace('/x-', '/').split('/')
  return family === 'video' && name === 'mpeg' ? 'mpeg' : demuxers[name]
}

const largestBlock = 268_435_456
const longestOutput = 65_536
/** Files can be made so that reading them takes many times their size: such a one counts as damaged. */
const mostMemoryKiB = 786_432
const lessUrgent = constants.priority.PRIORITY_LOW

/** Nothing but the file, and none of our network, environment and processors. */
const safely = ['-protocol_whitelist', 'file,pipe', '-max_alloc', String(largestBlock)]

const probed = z.object({ format: z.object({ duration: z.coerce.number().min(0).max(1e7).optional() }).default({}) })

/** Looks for ffmpeg and ffprobe; undefined where one of them is missing. */
export async function findMediaTools(): Promise<MediaTools | undefined> {
  for (const command of ['ffmpeg', 'ffprobe']) {
    const { code } = await run(command, ['-version'], { signal: AbortSignal.timeout(10_000) }).catch(() => ({
      code: 1,
    }))
    if (code !== 0) return undefined
  }
  return { duration, remux }
}

async function duration(path: string, demuxer: string, signal: AbortSignal): Promise<number | null | undefined> {
  const shown = ['-show_entries', 'format=duration', '-of', 'json']
  const args = ['-v', 'error', ...safely, '-threads', '1', '-f', demuxer, ...shown, `file:${path}`]
  const { code, output } = await run('ffprobe', args, { signal })
  if (code !== 0) return undefined
  const seconds = probed.safeParse(parsedJson(output)).data?.format.duration
  return seconds === undefined ? null : Math.round(seconds * 1_000)
}

async function remux(input: Readable, { path, demuxer, muxer, maxBytes, signal }: Remuxed): Promise<boolean> {
  const from = ['-f', demuxer, '-threads', '1', '-i', 'pipe:0', '-map', '0:V?', '-map', '0:a?', '-map', '0:s?']
  const to = ['-c', 'copy', '-threads', '1', '-fs', String(maxBytes), '-f', muxer, '-y', `file:${path}`]
  const args = ['-nostdin', '-hide_banner', '-v', 'error', ...safely, ...from, ...to]
  const { code } = await run('ffmpeg', args, { input, signal })
  return code === 0
}

interface Run {
  input?: Readable
  signal: AbortSignal
}

/** Runs a program to its end; killed as soon as the signal aborts. */
async function run(command: string, args: string[], { input, signal }: Run): Promise<{ code: number; output: string }> {
  const child = spawn(...bounded(command, args), {
    env: { PATH: searchPath(), LC_ALL: 'C' },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? -1))
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    if (output.length < longestOutput) output += chunk.toString()
  })
  if (child.pid !== undefined) lower(child.pid)
  // It may end before it has read everything. Where the bytes cannot be had, nothing of it counts.
  const fed = input && child.stdin instanceof Stream && pipeline(input, child.stdin).catch(unlessItEnded)
  const [code] = await Promise.all([ended, fed]).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  signal.throwIfAborted()
  return { code, output }
}

/** In a shell that bounds its memory, where the system has one that can. */
function bounded(command: string, args: string[]): [command: string, args: string[]] {
  if (process.platform === 'win32') return [command, args]
  return ['/bin/sh', ['-c', `ulimit -v ${mostMemoryKiB} 2>/dev/null; exec "$0" "$@"`, command, ...args]]
}

function unlessItEnded(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (!['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(String(code))) throw error
}

function lower(pid: number): void {
  try {
    setPriority(pid, lessUrgent)
  } catch {
    // It is gone already, or the system does not allow it.
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
