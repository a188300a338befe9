import type { AntiphonClient, AntiphonError, JoinedPeer, PeerRoom } from '@antiphon/client'

interface PostOptions {
  readonly client: AntiphonClient
  readonly seat: JoinedPeer
  /** `askedAt`: when the question went out. */
  readonly onRoom: (room: PeerRoom, askedAt: number) => void
  readonly onRefused: (error: AntiphonError) => void
}

const [mostAtOnce, mostWaiting] = [50, 1_000]
const [timeoutMs, afterFailureMs] = [5_000, 1_000]

/** Carries signals to the server in their order, and says by that, or without any, that somebody is there. */
export function createPost({ client, seat, onRoom, onRefused }: PostOptions) {
  const { sessionId, participantKey, heartbeatMs } = seat
  let waiting: { to: string; data: string }[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let [isSending, isWanted, isClosed] = [false, false, false]
  const later = (ms: number) => {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(go, ms)
  }
  const go = async () => {
    if (isSending || isClosed) return
    isSending = true
    isWanted = false
    const signals = waiting.slice(0, mostAtOnce)
    const askedAt = performance.now()
    const sent = await client.sessions.peer.signal.safe({ sessionId, participantKey, signals }, { timeoutMs })
    isSending = false
    if (isClosed) return
    if (sent.ok) {
      waiting = waiting.slice(signals.length)
      later(isWanted || waiting.length > 0 ? 0 : heartbeatMs)
      onRoom(sent.data, askedAt)
    } else {
      later(Math.max(afterFailureMs, sent.error.retryAfterMs ?? 0))
      onRefused(sent.error)
    }
  }
  /** What comes together goes together. */
  const soon = () => {
    isWanted = true
    if (!isSending) later(20)
  }
  later(heartbeatMs)
  return {
    soon,
    send(to: string, data: string): void {
      // Who is without the server for so long begins anew with everybody.
      if (waiting.length >= mostWaiting) waiting = []
      waiting.push({ to, data })
      soon()
    },
    close(): void {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
