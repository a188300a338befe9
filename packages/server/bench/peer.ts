/** The hand-written peer: Fastify and pg, the same durable effect of a send, its own fan-out; nothing else. */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 })
const app = fastify()
const streams = new Map<string, Set<ServerResponse>>()

async function userOf(header: string | undefined): Promise<string | undefined> {
  const [id, secret = ''] = (header ?? '').replace('Bearer ', '').split('.')
  const { rows } = await pool.query({
    name: 'user',
    text: 'select user_id from devices where id = $1 and secret_hash = $2',
    values: [id, createHash('sha256').update(secret).digest()],
  })
  return rows[0]?.user_id
}

const insert = `
  with room as (update rooms set last_seq = last_seq + 1, last_event_at = clock_timestamp() where id = $1 returning last_seq, last_event_at),
  event as (insert into room_events (room_id, seq, kind, actor_id, at) select $1, last_seq, 'message.sent', $2, last_event_at from room returning seq, at)
  insert into messages (room_id, seq, sender_id, client_id, content_hash, body, sent_at)
  select $1, seq, $2, $3, $4, $5, at from event returning seq, sent_at`

app.post<{ Body: { roomId: string; body: string; clientId: string } }>('/send', async (request, reply) => {
  const userId = await userOf(request.headers.authorization)
  if (userId === undefined) return reply.code(401).send()
  const { roomId, body, clientId } = request.body
  const member = await pool.query({
    name: 'member',
    text: 'select 1 from room_members where room_id = $1 and user_id = $2',
    values: [roomId, userId],
  })
  if (member.rowCount === 0) return reply.code(404).send()
  const hash = createHash('sha256').update(body).digest()
  const { rows } = await pool.query({ name: 'insert', text: insert, values: [roomId, userId, clientId, hash, body] })
  const message = { roomId, seq: Number(rows[0].seq), senderId: userId, body, sentAt: rows[0].sent_at }
  const frame = `data: ${JSON.stringify(message)}\n\n`
  for (const response of streams.get(roomId) ?? []) response.write(frame)
  return message
})

app.get<{ Querystring: { rooms: string } }>('/stream', async (request, reply) => {
  if ((await userOf(request.headers.authorization)) === undefined) return reply.code(401).send()
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
  reply.raw.write(': hello\n\n')
  for (const roomId of request.query.rooms.split(',')) {
    streams.set(roomId, (streams.get(roomId) ?? new Set()).add(reply.raw))
    reply.raw.on('close', () => streams.get(roomId)?.delete(reply.raw))
  }
})

await app.listen({ port: Number(process.argv[3]), host: '127.0.0.1' })
console.log('ready')
