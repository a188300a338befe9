import { createClient, type ExportItem } from '@antiphon/client'
import { expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'

const { url, signUp, query } = await startTestServer()

/** More of everything than fits into two pages. */
const count = 401

/** Ids that are well-formed, in order, the first hundreds of their kind. */
const idOf = (prefix: string, number: string) => `'${prefix}_0' || lpad((${number})::text, 25, '0')`

async function fill(id: string): Promise<void> {
  const others = idOf('usr', 'n')
  const rooms = idOf('rom', 'n')
  const statements = [
    `insert into users (id, user_name, user_name_key) select ${others}, 'u' || n, 'u' || n from numbers`,
    `insert into users (id, user_name, user_name_key)
       select ${idOf('usr', 'n + 500')}, 'b' || n, 'b' || n from numbers`,
    `insert into devices (id, user_id, secret_hash) select ${idOf('dev', 'n')}, $1, 'x' from numbers`,
    `insert into api_keys (id, kind, owner_id, name, scopes, secret_hash)
       select ${idOf('key', 'n')}, 'personal', $1, 'k', '{users:read}', 'x' from numbers`,
    `insert into identities (issuer, subject, user_id) select 'https://id.example', n, $1 from numbers where n <= 20`,
    `insert into friendships (user_low, user_high, requested_by, accepted_at)
       select ${others}, $1, case n % 3 when 0 then $1 else ${others} end, case n % 2 when 0 then now() end from numbers`,
    `insert into blocks (blocker_id, blocked_id) select $1, ${idOf('usr', 'n + 500')} from numbers`,
    `insert into rooms (id, kind, created_by) select ${rooms}, 'group', $1 from numbers`,
    `insert into room_members (room_id, user_id, role) select ${rooms}, $1, 'member' from numbers`,
    `insert into messages (room_id, seq, sender_id, content_hash, body, sent_at)
       select ${idOf('rom', 'n % 3 + 1')}, n + 9990, $1, 'x', 'Word ' || n, now() from numbers`,
    `insert into audit_log (action, user_id) select 'users.signIn', $1 from numbers`,
  ]
  await query('create table numbers as select generate_series(1, 401) as n')
  for (const statement of statements) await query(statement, statement.includes('$1') ? [id] : [])
}

const { client, user, token } = await signUp()
await fill(user.id)
await client.users.presence.set({ status: 'busy' })

/** An item, and where a stream would go on after it. */
interface Placed {
  place: string
  item: ExportItem
}

async function read(lastEventId?: string, most = Number.POSITIVE_INFINITY): Promise<Placed[]> {
  const stream = client.users.export(lastEventId === undefined ? undefined : { lastEventId })
  const placed: Placed[] = []
  for await (const item of stream) {
    placed.push({ place: stream.lastEventId ?? '', item })
    if (placed.length === most) break
  }
  return placed
}

const isOwnLine = ({ item }: Placed) => item.kind === 'audit' && item.entry.action === 'users.export'
const kindOf = ({ item }: Placed) => item.kind

const whole = await read()
const kinds = [...new Set(whole.map(kindOf))]

test('has everything once, in the order of kinds and ids', () => {
  const counts = Object.fromEntries(kinds.map((kind) => [kind, whole.filter(({ item }) => item.kind === kind).length]))
  const many = { apiKey: count, friend: count, block: count, room: count, message: count }
  const few = { account: 1, identity: 20, device: count + 1 }
  expect(counts).toMatchObject({ ...few, ...many, audit: count + 2 })
  expect(new Set(whole.map(({ place }) => place)).size).toBe(whole.length)
  const order = ['account', 'identity', 'presence', 'device', 'apiKey', 'friend', 'block', 'room', 'message', 'audit']
  expect(kinds).toEqual(order)
})

test.each(kinds)('goes on after any %s without loss or double', async (kind) => {
  const first = whole.findIndex((placed) => kindOf(placed) === kind)
  const last = whole.findLastIndex((placed) => kindOf(placed) === kind)
  const places = [first, first + 1, first + 198, first + 199, first + 200, first + 399, last - 1, last]
  for (const at of new Set(places.filter((place) => place >= first && place <= last))) {
    const rest = await read(whole[at]?.place)
    const expected = whole.slice(at + 1).map(({ place }) => place)
    expect(rest.filter((placed) => !isOwnLine(placed)).map(({ place }) => place)).toEqual(
      expected.filter((_, index) => !isOwnLine(whole[at + 1 + index] as Placed)),
    )
  }
})

test('taken in many short goes, is the same', async () => {
  const taken: Placed[] = []
  // Each go writes a line of its own, so that at the end there is always one more.
  for (let more = await read(undefined, 97); !more.every(isOwnLine); more = await read(taken.at(-1)?.place, 97))
    taken.push(...more)
  const places = (all: Placed[]) => all.filter((placed) => !isOwnLine(placed)).map(({ place }) => place)
  expect(places(taken)).toEqual(places(whole))
})

test('goes on by the header of browsers, too', async () => {
  const at = whole.findIndex(({ item }) => item.kind === 'message') + 5
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'last-event-id': whole[at]?.place ?? '',
  }
  const response = await fetch(`${url}/trpc/users.export`, { method: 'POST', headers, body: '{}' })
  const text = await response.text()
  const ids = [...text.matchAll(/^id: (message:\S+)$/gm)].map(([, place]) => place)
  const expected = whole.slice(at + 1).filter(({ item }) => item.kind === 'message')
  expect(ids).toEqual(expected.map(({ place }) => place))
})

test('is the same for every device but for the word of which it is', async () => {
  const other = createClient({ url, token })
  const stream = other.users.export()
  const current: string[] = []
  for await (const item of stream) if (item.kind === 'device' && item.device.current) current.push(item.device.id)
  expect(current).toEqual([token.split('.')[0]])
})
