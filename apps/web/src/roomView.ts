import type { AntiphonClient, RoomId } from '@antiphon/client'
import { useSyncExternalStore } from 'react'
import * as fold from './conversation.ts'
import { type Poll, poll } from './poll.ts'
import { errorText } from './texts.ts'

export interface RoomState extends fold.Conversation {
  readonly isLoadingOlder: boolean
  /** Why it is not up to date, where it is not. */
  readonly problem: string | undefined
}

/** A room as it is, followed while somebody looks at it. */
export interface RoomView {
  readonly subscribe: (listener: () => void) => () => void
  readonly state: () => RoomState
  readonly send: (body: string) => void
  readonly retry: (clientId: string) => void
  readonly loadOlder: () => Promise<void>
  /** Asks for what is new at once. */
  readonly refresh: () => void
}

const everyMs = 1_500

/** What the parts of a view share. */
interface Inside {
  readonly client: AntiphonClient
  readonly roomId: RoomId
  readonly state: () => RoomState
  /** Takes a function, so that nothing that came while a call was under way is overwritten. */
  readonly update: (change: (known: RoomState) => Partial<RoomState>) => void
}

export function createRoomView(client: AntiphonClient, roomId: RoomId): RoomView {
  let current: RoomState = { ...fold.emptyConversation, isLoadingOlder: false, problem: undefined }
  let following: Poll | undefined
  const listeners = new Set<() => void>()
  const state = () => current
  const update: Inside['update'] = (change) => {
    current = { ...current, ...change(current) }
    for (const listener of listeners) listener()
  }
  const inside: Inside = { client, roomId, state, update }
  const refresh = () => following?.wake()
  const sendWaiting = createSender(inside, refresh)
  return {
    state,
    refresh,
    subscribe(listener) {
      if (listeners.size === 0) following = poll(() => catchUp(inside), everyMs)
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) following?.stop()
      }
    },
    send(body) {
      update((known) => fold.addOutgoing(known, newClientId(), body, new Date()))
      void sendWaiting()
    },
    retry(clientId) {
      update((known) => fold.markOutgoing(known, clientId, 'sending'))
      void sendWaiting()
    },
    loadOlder: () => loadOlder(inside),
  }
}

/** Fetches everything after the last number. */
async function catchUp(inside: Inside): Promise<void> {
  const { client, roomId, state, update } = inside
  try {
    if (state().cursor === undefined) await addPage(inside)
    for (let before = -1; before < state().last; ) {
      before = state().last
      const range = await client.messages.since({ roomId, after: before })
      const isNews = range.to > before || state().problem !== undefined
      if (isNews) update((known) => ({ ...fold.applyRange(known, range), problem: undefined }))
      if (state().last >= state().lastSeq) break
    }
  } catch (error) {
    const problem = errorText(error)
    update(() => ({ problem }))
  }
}

async function addPage({ client, roomId, update }: Inside, cursor?: string): Promise<void> {
  const page = await client.messages.list({ roomId, limit: 50, cursor })
  update((known) => fold.addPage(known, page))
}

async function loadOlder(inside: Inside): Promise<void> {
  const { cursor, isLoadingOlder } = inside.state()
  if (isLoadingOlder || typeof cursor !== 'string') return
  inside.update(() => ({ isLoadingOlder: true }))
  try {
    await addPage(inside, cursor)
  } catch (error) {
    const problem = errorText(error)
    inside.update(() => ({ problem }))
  }
  inside.update(() => ({ isLoadingOlder: false }))
}

/** Sends what waits, one after the other, so that the order stays. */
function createSender({ client, roomId, state, update }: Inside, onSent: () => void): () => Promise<void> {
  let isSending = false
  const nextWaiting = () => state().outgoing.find(({ status }) => status === 'sending')
  return async () => {
    if (isSending) return
    isSending = true
    for (let item = nextWaiting(); item !== undefined; item = nextWaiting()) {
      const { clientId, body } = item
      const sent = await client.messages.send.safe({ roomId, body, clientId })
      const problem = sent.ok ? undefined : errorText(sent.error)
      update((known) => fold.markOutgoing(known, clientId, sent.ok ? 'sent' : 'failed', problem))
      if (sent.ok) onSent()
    }
    isSending = false
  }
}

/** crypto.randomUUID is missing on plain http. */
function newClientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function useRoomState(view: RoomView): RoomState {
  return useSyncExternalStore(view.subscribe, view.state)
}
