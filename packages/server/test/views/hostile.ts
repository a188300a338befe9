import type { Fetch } from './world.ts'

/** How bad a network is: how often each thing happens, from 0 to 1. */
export interface Badness {
  /** A request never arrives, or its answer is lost on the way back, or something on the way refuses it. */
  readonly lostCalls: number
  /** A frame of the stream is lost, comes twice, or comes after later ones. */
  readonly lostFrames: number
  readonly doubledFrames: number
  readonly lateFrames: number
  /** The stream breaks off within a frame. */
  readonly cuts: number
  /** The longest delay of anything. */
  readonly delayMs: number
}

const calm: Badness = { lostCalls: 0, lostFrames: 0, doubledFrames: 0, lateFrames: 0, cuts: 0, delayMs: 0 }

/** A network that loses, doubles, reorders, delays and breaks off, by a seed, until it calms down. */
export class HostileNetwork {
  #badness: Badness
  #state: number
  #streams = new Set<ReadableStreamDefaultController<Uint8Array>>()

  constructor(seed: number, badness: Badness = calm) {
    this.#state = seed | 0
    this.#badness = badness
  }

  /** It gets bad; streams stay open. */
  turnBad(badness: Badness): void {
    this.#badness = badness
  }

  /** Nothing bad happens from now on. Streams begin anew, since what they lost they lost. */
  calmDown(): void {
    this.#badness = calm
    this.cut()
  }

  /** Breaks all streams off. */
  cut(): void {
    for (const stream of this.#streams) stream.error(new TypeError('cut'))
    this.#streams.clear()
  }

  readonly fetch: Fetch = async (input, init) => {
    await this.#delay()
    const isStream = String(input).includes('events.subscribe')
    const fate = this.#chance(this.#badness.lostCalls) ? this.#pick(['unsent', 'lost', 'refused', 'truncated']) : 'good'
    if (fate === 'unsent') throw new TypeError('fetch failed')
    if (fate === 'refused') return new Response('<h1>Bad gateway</h1>', { status: 502 })
    const response = await fetch(input, init)
    await this.#delay()
    if (isStream) return response.ok ? this.#streamOf(response) : response
    if (fate === 'good') return response
    const text = await response.text()
    if (fate === 'lost') throw new TypeError('terminated')
    return new Response(text.slice(0, text.length / 2), response)
  }

  #streamOf(response: Response): Response {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        this.#streams.add(controller)
        const late: string[] = []
        const put = (frame: string) => controller.enqueue(encoder.encode(`${frame}\n\n`))
        try {
          for await (const frame of framesOf(reader)) {
            if (!this.#streams.has(controller)) return
            if (this.#chance(this.#badness.cuts)) {
              controller.enqueue(encoder.encode(frame.slice(0, frame.length / 2)))
              throw new TypeError('cut')
            }
            await this.#delay()
            if (/^event:/m.test(frame)) put(frame)
            else if (this.#chance(this.#badness.lateFrames)) late.push(frame)
            else if (!this.#chance(this.#badness.lostFrames)) {
              put(frame)
              if (this.#chance(this.#badness.doubledFrames)) late.push(frame)
            }
            while (late.length > 0 && this.#chance(0.5)) put(late.shift() ?? '')
          }
          controller.close()
        } catch (error) {
          if (this.#streams.has(controller)) controller.error(error)
        } finally {
          this.#streams.delete(controller)
          reader.cancel().catch(() => {})
        }
      },
      cancel: () => reader.cancel(),
    })
    return new Response(body, response)
  }

  async #delay(): Promise<void> {
    const ms = this.#badness.delayMs * this.#next()
    if (ms > 1) await new Promise((resolve) => setTimeout(resolve, ms))
  }

  #chance(probability: number): boolean {
    return this.#next() < probability
  }

  #pick<T>(things: readonly T[]): T {
    return things[Math.floor(this.#next() * things.length)]!
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The frames of a body of server-sent events. */
async function* framesOf(reader: ReadableStreamDefaultReader<string>): AsyncGenerator<string> {
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const parts = (rest + value).split('\n\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}
