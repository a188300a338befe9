/** Sends and deliveries per second, beside a hand-written peer on the same database. `pnpm bench` runs it. */
import { rm } from 'node:fs/promises'
import http from 'node:http'
import { holdServer } from '../src/db/embedded/hold.ts'
import { migrate } from '../src/db/migrate.ts'
import { temporaryDirectory } from '../test/temporary.ts'
import { type Bench, cpuMs, file, seed, startProcess } from './world.ts'

const seconds = Number(process.env.SECONDS ?? 4)
const atOnce = 16
const streams = Number(process.env.STREAMS ?? 1_000)

interface Target {
  name: string
  pid: number
  send: (agent: http.Agent, token: string, roomId: string, clientId: string) => Promise<void>
  stream: (
    agent: http.Agent,
    token: string,
    rooms: readonly string[],
    onData: (text: string) => void,
  ) => Promise<http.IncomingMessage>
}

function request(agent: http.Agent, options: http.RequestOptions, body?: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = http.request({ host: '127.0.0.1', agent, ...options }, resolve)
    call.once('error', reject)
    call.end(body)
  })
}

async function post(agent: http.Agent, port: number, path: string, token: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await request(agent, { port, path, method: 'POST', headers }, JSON.stringify(body))
  for await (const _ of response);
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`)
}

async function open(agent: http.Agent, port: number, path: string, token: string, onData: (text: string) => void) {
  const response = await request(agent, {
    port,
    path,
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': `10.0.0.${key++ % 250}` },
  })
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`)
  response.setEncoding('utf8').on('data', onData)
  return response
}

function ours(port: number, pid: number): Target {
  return {
    ...{ name: 'Antiphon', pid },
    send: (agent, token, roomId, clientId) =>
      post(agent, port, '/trpc/messages.send', token, { json: { roomId, body: 'Shall we?', clientId } }),
    stream: (agent, token, _rooms, onData) => open(agent, port, '/trpc/events.subscribe', token, onData),
  }
}

function peer(port: number, pid: number): Target {
  return {
    ...{ name: 'hand-written', pid },
    send: (agent, token, roomId, clientId) =>
      post(agent, port, '/send', token, { roomId, body: 'Shall we?', clientId }),
    stream: (agent, token, rooms, onData) => open(agent, port, `/stream?rooms=${rooms.join()}`, token, onData),
  }
}

let key = 0

async function sends(target: Target, { tokens, rooms }: Bench): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce })
  const end = Date.now() + seconds * 1_000
  let count = 0
  const worker = async (at: number) => {
    while (Date.now() < end) {
      await target.send(agent, tokens[at % tokens.length] ?? '', rooms[count % rooms.length] ?? '', `b${key++}`)
      count++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, at) => worker(at)))
  agent.destroy()
  return Math.round(count / seconds)
}

/** Each stream is of one of the people, who are in all rooms; so each send is delivered to all streams. */
async function deliveries(target: Target, { tokens, rooms }: Bench): Promise<{ perSecond: number; cpuUs: number }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  let count = 0
  const onData = (text: string) => {
    count += text.split('"Shall we?"').length - 1
  }
  const opened: http.IncomingMessage[] = []
  for (let at = 0; at < streams; at++)
    opened.push(await target.stream(agent, tokens[at % tokens.length] ?? '', rooms, onData))
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const sender = new http.Agent({ keepAlive: true, maxSockets: 2 })
  const [before, since] = [cpuMs(target.pid), Date.now()]
  const end = since + seconds * 1_000
  const send = async () => {
    while (Date.now() < end) await target.send(sender, tokens[0] ?? '', rooms[key % rooms.length] ?? '', `b${key++}`)
  }
  await Promise.all([send(), send()])
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const cpu = cpuMs(target.pid) - before
  for (const response of opened) response.destroy()
  agent.destroy()
  sender.destroy()
  return {
    perSecond: Math.round((count * 1_000) / (Date.now() - since)),
    cpuUs: Math.round((cpu * 1_000) / Math.max(1, count)),
  }
}

const directory = await temporaryDirectory()
const held = await holdServer(directory)
const { host, port, user, password, database } = held.connection
const url = `postgres://${user}:${encodeURIComponent(password)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
const children: { kill: (signal: 'SIGTERM') => boolean }[] = []
try {
  await migrate(held.connection)
  const people = await seed(url, { people: 60, rooms: 100 })
  const env = { DATABASE_URL: url, TRUSTED_PROXIES: '1', CALLS_PER_MINUTE: '10000000', LOG_LEVEL: 'error' }
  const server = await startProcess([file('../dist/cli.js'), 'serve', '--port', '4871'], /ready at/, env)
  const handWritten = await startProcess(['--conditions=antiphon-source', file('peer.ts'), url, '4872'], /ready/)
  children.push(server, handWritten)
  const targets = [ours(4871, server.pid ?? 0), peer(4872, handWritten.pid ?? 0)]
  const one: Bench = { ...people, rooms: people.rooms.slice(0, 1) }
  for (let round = 1; round <= 3; round++) {
    for (const target of targets) {
      const spread = await sends(target, people)
      const single = await sends(target, one)
      console.log(`round ${round} ${target.name}: ${spread} sends/s in 100 rooms, ${single} in one`)
    }
  }
  for (const target of targets) {
    const { perSecond, cpuUs } = await deliveries(target, one)
    console.log(`${target.name}: ${perSecond} deliveries/s to ${streams} streams, ${cpuUs} us of CPU each`)
  }
} finally {
  for (const child of children) child.kill('SIGTERM')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await held.release()
  await rm(directory, { recursive: true, force: true })
}
