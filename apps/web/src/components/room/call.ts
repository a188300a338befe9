import {
  type AntiphonClient,
  AntiphonError,
  type Events,
  type IceServer,
  isAntiphonError,
  type JoinedPeer,
  type MeetingId,
  type PeerRoom,
  type UserId,
} from '@antiphon/client'
import { Peer, readSignal, type Switches } from './peer.ts'
import { createPost } from './post.ts'

/** Somebody else in the room. */
export interface Other {
  readonly key: string
  readonly userId: UserId | null
  readonly name: string
  readonly stream: MediaStream
  readonly isConnected: boolean
  readonly switches: Switches
}

export interface CallState {
  readonly stage: 'joining' | 'in' | 'over'
  /** Why it is over. */
  readonly reason?: 'ended' | 'kicked' | 'left' | 'refused' | undefined
  readonly error?: unknown
  readonly seat?: JoinedPeer | undefined
  readonly locked: boolean
  readonly recording: boolean
  readonly others: readonly Other[]
}

interface CallOptions {
  readonly client: AntiphonClient
  readonly events: Events
  readonly meetingId: MeetingId
  /** From `meetings.join`. */
  readonly ticket: string
  readonly passcode: string | undefined
  readonly own: MediaStream
  readonly onChange: () => void
}

const againMs = 2_000

/** Being in a built-in room: who is there, and a connection to everybody. */
export class Call {
  state: CallState = { stage: 'joining', locked: false, recording: false, others: [] }
  #options: CallOptions
  #tab = crypto.randomUUID()
  #peers = new Map<string, { peer: Peer; since: number }>()
  #people: PeerRoom['participants'] = []
  #post: ReturnType<typeof createPost> | undefined
  #switches: Switches = { audio: true, video: true }
  #stops: (() => void)[]
  #isEntering = false

  constructor(options: CallOptions) {
    this.#options = options
    const { events } = options
    this.#stops = [
      events.on('peer.signal', ({ to, from, data }) => this.#isOwn(to) && this.#hear(from, data)),
      events.on('peer.closed', ({ participantKey, reason }) => {
        if (!this.#isOwn(participantKey)) return
        if (reason === 'ended') this.#end('ended')
        else if (reason === 'kicked') this.#end('kicked')
        else void this.#enter()
      }),
      events.on('session.changed', ({ sessionId }) => sessionId === this.state.seat?.sessionId && this.#post?.soon()),
      // What was told meanwhile did not come.
      events.onStatus(({ state }) => state === 'open' && this.#post?.soon()),
    ]
    void this.#enter(options.ticket)
  }

  get switches(): Switches {
    return this.#switches
  }

  /** Others hear and see nothing of what is switched off. */
  switch(kind: keyof Switches, isOn: boolean): void {
    const { own, onChange } = this.#options
    this.#switches = { ...this.#switches, [kind]: isOn }
    for (const track of kind === 'audio' ? own.getAudioTracks() : own.getVideoTracks()) track.enabled = isOn
    for (const { peer } of this.#peers.values()) peer.tellSwitches()
    onChange()
  }

  /** `by` leaves even while the page goes away. */
  leave(by = this.#options.client): void {
    const { seat, stage } = this.state
    if (stage === 'over') return
    this.#end('left')
    if (seat !== undefined) void by.sessions.peer.leave.safe(seat)
  }

  /** Takes a place in the room, or takes it again: what there was of connections begins anew. */
  async #enter(ticket?: string): Promise<void> {
    if (this.#isEntering || this.state.stage === 'over') return
    this.#isEntering = true
    this.#closePeers()
    try {
      const seat = await this.#join(ticket)
      if (this.state.stage !== 'joining' && this.state.stage !== 'in')
        return void this.#options.client.sessions.peer.leave.safe(seat)
      this.#post = createPost({
        ...{ client: this.#options.client, seat },
        onRoom: (room, askedAt) => this.#show(room, askedAt),
        onRefused: (error) => this.#refused(error),
      })
      this.state = { ...this.state, stage: 'in', seat }
      this.#show(seat, performance.now())
    } catch (error) {
      // Who was in it waits for the server to come back.
      if (this.state.seat !== undefined && isAntiphonError(error, 'NETWORK', 'UNAVAILABLE', 'TIMEOUT')) {
        setTimeout(() => void this.#enter(), againMs)
      } else this.#end('refused', error)
    } finally {
      this.#isEntering = false
    }
  }

  async #join(given: string | undefined): Promise<JoinedPeer> {
    const ticket = given ?? (await this.#ticket())
    const joined = await this.#options.client.sessions.peer.join.safe({ ticket, tab: this.#tab })
    if (joined.ok) return joined.data
    if (joined.error.code === 'TICKET_INVALID' && given !== undefined) return this.#join(undefined)
    throw joined.error
  }

  async #ticket(): Promise<string> {
    const { client, meetingId, passcode } = this.#options
    const door = await client.meetings.join({ meetingId, passcode })
    if (door.status === 'admitted' && door.ticket !== null) return door.ticket
    throw new AntiphonError({ code: 'LOBBY_DENIED', status: 403, message: 'The host has to let you in again.' })
  }

  #refused(error: AntiphonError): void {
    if (error.code === 'NOT_IN_ROOM') void this.#enter()
    else if (isAntiphonError(error, 'SESSION_ENDED', 'NOT_FOUND')) this.#end('ended')
    else if (error.code === 'KICKED') this.#end('kicked')
  }

  #isOwn(key: string): boolean {
    return key === this.state.seat?.participantKey
  }

  /** Connects to those who came, and lets go of those who left. */
  #show({ participants, locked, recording }: PeerRoom, askedAt: number): void {
    if (this.state.stage !== 'in') return
    this.#people = participants
    const keys = new Set(participants.map(({ key }) => key))
    for (const key of keys) if (!this.#isOwn(key)) this.#peerOf(key)
    for (const [key, { peer, since }] of this.#peers) {
      // Who came after the question went out is not in its answer.
      if (keys.has(key) || since > askedAt) continue
      peer.close()
      this.#peers.delete(key)
    }
    this.state = { ...this.state, locked, recording }
    this.#changed()
  }

  #hear(from: string, data: string): void {
    const signal = readSignal(data)
    if (signal === undefined || this.state.stage !== 'in') return
    const isNew = !this.#peers.has(from)
    this.#peerOf(from).hear(signal)
    if (isNew) this.#post?.soon()
  }

  #peerOf(key: string): Peer {
    const known = this.#peers.get(key)
    if (known !== undefined) return known.peer
    const { seat } = this.state
    const peer = new Peer({
      isPolite: (seat?.participantKey ?? '') < key,
      iceServers: (seat?.iceServers ?? []).map(asServer),
      own: this.#options.own,
      switches: () => this.#switches,
      send: (signal) => this.#post?.send(key, JSON.stringify(signal)),
      onChange: () => this.#changed(),
    })
    this.#peers.set(key, { peer, since: performance.now() })
    return peer
  }

  #changed(): void {
    const others = [...this.#peers].map(([key, { peer }]): Other => {
      const { name = '', userId = null } = this.#people.find((one) => one.key === key) ?? {}
      return { key, name, userId, stream: peer.stream, isConnected: peer.isConnected, switches: peer.switches }
    })
    this.state = { ...this.state, others }
    this.#options.onChange()
  }

  #closePeers(): void {
    this.#post?.close()
    for (const { peer } of this.#peers.values()) peer.close()
    this.#peers.clear()
  }

  #end(reason: CallState['reason'], error?: unknown): void {
    if (this.state.stage === 'over') return
    for (const stop of this.#stops) stop()
    this.#closePeers()
    this.state = { ...this.state, stage: 'over', reason, error, others: [] }
    this.#options.onChange()
  }
}

function asServer({ urls, username, credential }: IceServer): RTCIceServer {
  return username === undefined || credential === undefined ? { urls } : { urls, username, credential }
}
