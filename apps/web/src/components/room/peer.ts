/** What of somebody is switched on. */
export interface Switches {
  readonly audio: boolean
  readonly video: boolean
}

/** What goes between two browsers by way of the server. */
export interface PeerSignal {
  /** Which connection of the sender it is of. */
  readonly from: string
  /** Which one of the other it is for; null where that is not known yet: then it begins anew. */
  readonly to: string | null
  readonly description?: RTCSessionDescriptionInit | undefined
  readonly candidate?: RTCIceCandidateInit | undefined
  readonly switches?: Switches | undefined
}

interface PeerOptions {
  /** Of two who offer at once, the polite one gives way. */
  readonly isPolite: boolean
  readonly iceServers: RTCIceServer[]
  readonly own: MediaStream
  readonly switches: () => Switches
  readonly send: (signal: PeerSignal) => void
  readonly onChange: () => void
}

/** What takes longer is tried anew. */
const patienceMs = 8_000

/** The connection to one other person, which mends itself. */
export class Peer {
  readonly stream = new MediaStream()
  switches: Switches = { audio: true, video: true }
  #options: PeerOptions
  #connection!: RTCPeerConnection
  #id!: string
  #otherId: string | null = null
  #isOffering = false
  #isIgnoring = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false
  /** One signal after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: PeerOptions) {
    this.#options = options
    this.#connect(null)
  }

  get isConnected(): boolean {
    return this.#connection.connectionState === 'connected'
  }

  /** Numbers about what goes and comes. */
  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats()
  }

  hear(signal: PeerSignal): void {
    this.#turn = this.#turn.then(() => this.#hear(signal)).catch(() => {})
  }

  tellSwitches(): void {
    this.#send({ switches: this.#options.switches() })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#connection.close()
  }

  #connect(otherId: string | null): void {
    const { iceServers, own, onChange } = this.#options
    this.#connection?.close()
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track)
    const connection = new RTCPeerConnection({ iceServers })
    this.#connection = connection
    this.#id = crypto.randomUUID()
    this.#otherId = otherId
    this.#isOffering = false
    this.#isIgnoring = false
    connection.onnegotiationneeded = () => void this.#offer(connection)
    connection.onicecandidate = ({ candidate }) => this.#send({ candidate: candidate?.toJSON() })
    connection.ontrack = ({ track }) => {
      this.stream.addTrack(track)
      onChange()
    }
    connection.onconnectionstatechange = () => {
      this.#watch()
      onChange()
    }
    for (const track of own.getTracks()) connection.addTrack(track, own)
    this.tellSwitches()
    this.#watch()
  }

  /** Begins anew where there is no connection for a while; the polite one leaves that to the other at first. */
  #watch(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || this.isConnected) return
    this.#timer = setTimeout(() => this.#connect(null), patienceMs * (this.#options.isPolite ? 2 : 1))
  }

  async #offer(connection: RTCPeerConnection): Promise<void> {
    this.#isOffering = true
    try {
      await connection.setLocalDescription()
      if (connection === this.#connection) this.#send({ description: connection.localDescription ?? undefined })
    } catch {
      // It was closed meanwhile, or is begun anew in time.
    } finally {
      if (connection === this.#connection) this.#isOffering = false
    }
  }

  async #hear({ from, to, description, candidate, switches }: PeerSignal): Promise<void> {
    if (this.#isClosed || (to !== null && to !== this.#id)) return
    if (this.#otherId === null) this.#otherId = from
    if (this.#otherId !== from) {
      // Only who begins anew knows nothing of this side; else it is of a connection that is no more.
      if (to !== null) return
      this.#connect(from)
    }
    if (switches !== undefined) {
      this.switches = switches
      this.#options.onChange()
    }
    if (description !== undefined) await this.#describe(description)
    else if (candidate !== undefined) {
      await this.#connection.addIceCandidate(candidate).catch((error: unknown) => {
        if (!this.#isIgnoring) throw error
      })
    }
  }

  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    const connection = this.#connection
    const collides = description.type === 'offer' && (this.#isOffering || connection.signalingState !== 'stable')
    this.#isIgnoring = collides && !this.#options.isPolite
    if (this.#isIgnoring) return
    await connection.setRemoteDescription(description)
    if (description.type !== 'offer') return
    await connection.setLocalDescription()
    if (connection === this.#connection) this.#send({ description: connection.localDescription ?? undefined })
  }

  #send(what: Pick<PeerSignal, 'description' | 'candidate' | 'switches'>): void {
    this.#options.send({ from: this.#id, to: this.#otherId, ...what })
  }
}
