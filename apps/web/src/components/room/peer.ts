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

/** What came from another browser; undefined where it is nothing that one of ours would send. */
export function readSignal(data: string): PeerSignal | undefined {
  try {
    const given: unknown = JSON.parse(data)
    return isSignal(given) ? given : undefined
  } catch {
    return undefined
  }
}

/** What is in descriptions and candidates the browser looks at. */
function isSignal(given: unknown): given is PeerSignal {
  if (typeof given !== 'object' || given === null || !('from' in given) || !('to' in given)) return false
  return typeof given.from === 'string' && (given.to === null || typeof given.to === 'string')
}

/** One attempt at a connection. */
interface Line {
  readonly connection: RTCPeerConnection
  readonly id: string
  otherId: string | null
  isOffering: boolean
  isIgnoring: boolean
}

/** The connection to one other person, which mends itself. */
export class Peer {
  stream = new MediaStream()
  switches: Switches = { audio: true, video: true }
  readonly #options: PeerOptions
  #line: Line
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false
  /** One signal after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: PeerOptions) {
    this.#options = options
    this.#line = lineTo(null, options)
    this.#begin(this.#line)
  }

  get isConnected(): boolean {
    return this.#line.connection.connectionState === 'connected'
  }

  hear(signal: PeerSignal): void {
    this.#turn = this.#turn.then(() => this.#hear(signal)).catch(() => {})
  }

  tellSwitches(): void {
    this.#send(this.#line, { switches: this.#options.switches() })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#line.connection.close()
  }

  #anew(otherId: string | null): void {
    this.#line.connection.close()
    this.stream = new MediaStream()
    this.#line = lineTo(otherId, this.#options)
    this.#begin(this.#line)
  }

  #begin(line: Line): void {
    const { own, onChange } = this.#options
    const { connection } = line
    connection.onnegotiationneeded = () => void this.#offer(line)
    connection.onicecandidate = ({ candidate }) => this.#send(line, { candidate: candidate?.toJSON() })
    connection.ontrack = ({ track }) => {
      if (line === this.#line) this.stream.addTrack(track)
      onChange()
    }
    connection.onconnectionstatechange = () => {
      if (line === this.#line) this.#watch()
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
    if (this.#line.connection.connectionState === 'failed') this.#line.connection.restartIce()
    this.#timer = setTimeout(() => this.#anew(null), patienceMs * (this.#options.isPolite ? 2 : 1))
  }

  async #offer(line: Line): Promise<void> {
    line.isOffering = true
    try {
      await line.connection.setLocalDescription()
      this.#send(line, { description: line.connection.localDescription ?? undefined })
    } catch {
      // It was closed meanwhile, or is begun anew in time.
    } finally {
      line.isOffering = false
    }
  }

  async #hear({ from, to, description, candidate, switches }: PeerSignal): Promise<void> {
    if (this.#isClosed || (to !== null && to !== this.#line.id)) return
    this.#line.otherId ??= from
    if (this.#line.otherId !== from) {
      // Only who begins anew knows nothing of this side; else it is of a connection that is no more.
      if (to !== null) return
      this.#anew(from)
    }
    if (switches !== undefined) {
      this.switches = switches
      this.#options.onChange()
    }
    const line = this.#line
    if (description !== undefined) await this.#describe(line, description)
    else if (candidate !== undefined) {
      await line.connection.addIceCandidate(candidate).catch((error: unknown) => {
        if (!line.isIgnoring) throw error
      })
    }
  }

  async #describe(line: Line, description: RTCSessionDescriptionInit): Promise<void> {
    const { connection } = line
    const collides = description.type === 'offer' && (line.isOffering || connection.signalingState !== 'stable')
    line.isIgnoring = collides && !this.#options.isPolite
    if (line.isIgnoring) return
    await connection.setRemoteDescription(description)
    if (description.type !== 'offer') return
    await connection.setLocalDescription()
    this.#send(line, { description: connection.localDescription ?? undefined })
  }

  #send(line: Line, what: Pick<PeerSignal, 'description' | 'candidate' | 'switches'>): void {
    if (line === this.#line && !this.#isClosed) this.#options.send({ from: line.id, to: line.otherId, ...what })
  }
}

function lineTo(otherId: string | null, { iceServers }: PeerOptions): Line {
  const connection = new RTCPeerConnection({ iceServers })
  return { connection, id: crypto.randomUUID(), otherId, isOffering: false, isIgnoring: false }
}
