import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RoomView } from '../src/index.ts'
import { bob, failure, gate, open } from './fakeServer.ts'
import { roomId } from './room.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const shown = ({ messages, pending }: RoomView) => [
  messages.slice(3).map(({ body }) => body),
  pending.map(({ body }) => body),
]

describe('send', () => {
  test('shows the message at once, and as one of the room when the answer is there', async () => {
    const { server, view } = await open()
    const snapshots: unknown[] = []
    view.subscribe(() => snapshots.push(shown(view)))
    const sent = view.send({ body: 'Hello', replyTo: 2 })
    expect(sent).toMatchObject({ body: 'Hello', replyTo: 2, state: 'sending', error: undefined })
    expect(view.pending).toEqual([sent])
    await wait()
    expect(view.messages.at(-1)).toMatchObject({ body: 'Hello', clientId: sent.clientId })
    server.tell()
    await wait()
    expect(snapshots).toEqual([
      [[], ['Hello']],
      [['Hello'], []],
    ])
  })

  test('the same when the event is there before the answer', async () => {
    const { server, view } = await open()
    const { passed, pass } = gate()
    view.send({ body: 'Hello' })
    await wait()
    server.troubles.set('send', () => passed)
    const { clientId } = view.send({ body: 'Second' })
    await wait()
    server.write('usr_a', { body: 'Second', clientId })
    server.tell()
    await wait()
    expect(shown(view)).toEqual([['Hello', 'Second'], []])
    pass()
    await wait()
    expect(shown(view)).toEqual([['Hello', 'Second'], []])
  })

  test('keeps the order of the calls', async () => {
    const { view } = await open()
    for (const body of ['a', 'b', 'c']) view.send({ body })
    await wait()
    expect(shown(view)).toEqual([['a', 'b', 'c'], []])
  })

  test('waits with its answer for what came before it', async () => {
    const { server, view } = await open()
    server.write(bob, { body: 'Before' })
    view.send({ body: 'After' })
    await wait()
    expect(shown(view)).toEqual([[], ['After']])
    server.tell(3)
    await wait()
    expect(shown(view)).toEqual([['Before', 'After'], []])
    server.write(bob, { body: 'Lost' })
    view.send({ body: 'After that' })
    await wait(200)
    expect(shown(view)).toEqual([['Before', 'After', 'Lost', 'After that'], []])
    expect(server.calls.filter((name) => name === 'since')).toHaveLength(1)
  })

  test('that fails says why, can be tried again with one effect, and taken back', async () => {
    const { server, view } = await open()
    server.troubles.set('send', failure('BODY_EMPTY'))
    const one = view.send({ body: ' ' })
    const other = view.send({ body: 'Fine' })
    await wait()
    expect(view.pending).toMatchObject([
      { body: ' ', state: 'failed', error: { code: 'BODY_EMPTY' } },
      { body: 'Fine', state: 'failed' },
    ])
    view.discard(one.clientId)
    server.troubles.clear()
    view.retry(other.clientId)
    expect(view.pending).toMatchObject([{ body: 'Fine', state: 'sending', error: undefined }])
    view.retry(other.clientId)
    view.retry('nothing of the kind')
    await wait()
    expect([shown(view), server.lastSeq]).toEqual([[['Fine'], []], 4])
  })

  test('a retry of what the room has already has one effect', async () => {
    const { server, view } = await open()
    server.troubles.set('send', failure('NETWORK'))
    const { clientId } = view.send({ body: 'Once' })
    await wait()
    server.write('usr_a', { body: 'Once', clientId })
    server.troubles.clear()
    view.retry(clientId)
    await wait()
    expect([shown(view), server.lastSeq]).toEqual([[['Once'], []], 4])
    view.send({ body: 'Next' })
    await wait()
    expect(shown(view)).toEqual([['Once', 'Next'], []])
  })

  test('goes on when the view is closed, and what failed is there when it is opened again', async () => {
    const { server, events, view } = await open()
    view.send({ body: 'Still sent' })
    view.close()
    await wait()
    expect(server.messages.at(-1)).toMatchObject({ body: 'Still sent' })
    const second = events.room(roomId)
    server.troubles.set('send', failure('NETWORK'))
    second.send({ body: 'Not yet' })
    await wait()
    second.close()
    await wait()
    server.troubles.clear()
    const third = events.room(roomId)
    expect(third.pending).toMatchObject([{ body: 'Not yet', state: 'failed' }])
    third.retry(third.pending[0]?.clientId ?? '')
    await wait(200)
    expect(shown(third)).toEqual([['Still sent', 'Not yet'], []])
  })

  test('what finds no server waits, with all that comes after it, and goes by itself in the order of the calls', async () => {
    const { server, view } = await open()
    server.troubles.set('send', failure('NETWORK'))
    for (const body of ['First', 'Second']) view.send({ body })
    await wait(5_000)
    expect(view.pending).toMatchObject([
      { body: 'First', state: 'sending', error: { code: 'NETWORK' } },
      { body: 'Second', state: 'sending', error: undefined },
    ])
    const tries = server.calls.filter((name) => name === 'send').length
    expect(tries).toBe(3)
    server.troubles.clear()
    view.send({ body: 'Third' })
    await wait(10_000)
    expect(shown(view)).toEqual([['First', 'Second', 'Third'], []])
  })
})
