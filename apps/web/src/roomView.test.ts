import type { AntiphonClient, EventRange, Message, MessagesSendInput, RoomId, SentMessage } from '@antiphon/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRoomView } from './roomView.ts'

const roomId: RoomId = 'rom_1'

/** A room of one that answers every call when it is told to, and each in its own time. */
function slowRoom() {
  const messages: Message[] = []
  const waiting: Array<() => void> = []
  const answer = <T>(make: () => T) => new Promise<T>((resolve) => waiting.push(() => resolve(make())))
  const take = (input: MessagesSendInput): SentMessage => {
    const known = messages.find(({ clientId }) => clientId === input.clientId)
    const message = known ?? {
      ...input,
      clientId: input.clientId ?? null,
      senderId: 'usr_1',
      seq: 0,
      sentAt: new Date(),
    }
    if (known === undefined) messages.push({ ...message, seq: messages.length + 1 })
    return { ...message, duplicate: known !== undefined }
  }
  const since = ({ after }: { after: number }) => {
    const events = messages.slice(after).map((message): EventRange['events'][0] => {
      return { kind: 'message.sent', seq: message.seq, at: message.sentAt, actorId: message.senderId, message }
    })
    const range = { roomId, from: after, to: messages.length, lastSeq: messages.length, events }
    return answer(() => range)
  }
  const send = { safe: (input: MessagesSendInput) => answer(() => ({ ok: true, data: take(input) })) }
  const list = () => answer(() => ({ items: [], nextCursor: null }))
  const client = { messages: { list, since, send } } as unknown as AntiphonClient
  const settle = async (index: number) => {
    waiting.splice(index, 1)[0]?.()
    await vi.advanceTimersByTimeAsync(1)
  }
  return { client, waiting, settle }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('removeEventListener', () => {})
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('messages written while other calls are under way all arrive, in order and once', async () => {
  const { client, waiting, settle } = slowRoom()
  const view = createRoomView(client, roomId)
  const stop = view.subscribe(() => {})
  const bodies = Array.from({ length: 20 }, (_, index) => `Message ${index}`)
  const shown = () => [...view.state().messages, ...view.state().outgoing].map(({ body }) => body)
  for (const [index, body] of bodies.entries()) {
    view.send(body)
    // Whichever call is answered first, what was written stays in sight.
    await settle(index % 3 === 0 ? waiting.length - 1 : 0)
    expect(shown()).toEqual(bodies.slice(0, index + 1))
  }
  while (view.state().messages.length < bodies.length || view.state().outgoing.length > 0) {
    if (waiting.length === 0) await vi.advanceTimersByTimeAsync(2_000)
    await settle(0)
    expect(shown()).toEqual(bodies)
  }
  stop()
})
