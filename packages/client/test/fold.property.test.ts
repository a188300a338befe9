import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Aside } from '../src/events/room/aside.ts'
import { addPage, applyRange, beginFold, beginPage, type Range, type RoomFold } from '../src/events/room/fold.ts'
import type { MessagesListOutput } from '../src/index.ts'
import { type Act, ModelRoom, roomOf } from './room.ts'

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Act>({ does: 'send' }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom('edit', 'delete', 'react'), target: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('purge'), upTo: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.constant<Act>({ does: 'other' }) },
)

/** What may happen between server and view: all of it at any time, in any order. */
const step = fc.oneof(
  fc.record({ step: fc.constant('advance'), by: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ step: fc.constant('tell'), length: fc.integer({ min: 1, max: 6 }), back: fc.nat({ max: 6 }) }),
  fc.record({ step: fc.constant('hear'), which: fc.nat(), keeps: fc.boolean() }),
  fc.record({ step: fc.constant('lose'), which: fc.nat() }),
  fc.record({ step: fc.constantFrom('ask', 'answer', 'arrive', 'since') }),
)

interface Step {
  step: string
  by?: number
  length?: number
  back?: number
  which?: number
  keeps?: boolean
}

/** A view and the way to it. */
class Run {
  time: number
  fold: RoomFold
  readonly #room: ModelRoom
  readonly #frames: Range[] = []
  readonly #aside = new Aside()
  #asked: number | undefined
  #answer: MessagesListOutput | undefined

  constructor(room: ModelRoom, first: number, pageTime: number) {
    this.#room = room
    this.time = pageTime
    const page = room.pageAt(pageTime, Number.POSITIVE_INFINITY, 4)
    const base = roomOf({ minSeq: room.purgedAt(pageTime) })
    this.fold = beginFold({ room: base, members: [], page, marks: [], applied: first, isGone: false })
  }

  take(one: Step): void {
    const { by = 1, length = 1, back = 0, which = 0, keeps = false } = one
    const at = which % Math.max(1, this.#frames.length)
    const end = this.#room.acts.length
    if (one.step === 'advance') this.time = Math.min(end, this.time + by)
    else if (one.step === 'tell') {
      const to = Math.max(0, this.time - back)
      if (to > 0) this.#frames.push(this.#room.rangeAt(this.time, Math.max(0, to - length), to))
    } else if (one.step === 'hear') {
      const frame = this.#frames[at]
      if (!keeps) this.#frames.splice(at, 1)
      if (frame !== undefined) this.hear(frame)
    } else if (one.step === 'lose') this.#frames.splice(at, 1)
    else if (one.step === 'ask') this.#ask()
    else if (one.step === 'answer') this.#answerPage()
    else if (one.step === 'arrive') this.#arrive()
    else this.hear(this.#room.rangeAt(this.time, this.fold.applied, Math.min(this.time, this.fold.applied + 3)))
  }

  hear(range: Range): void {
    if (range.from > this.fold.applied) this.#aside.add(range)
    else {
      this.fold = applyRange(this.fold, range, undefined)
      for (
        let one = this.#aside.take(this.fold.applied);
        one !== undefined;
        one = this.#aside.take(this.fold.applied)
      ) {
        this.fold = applyRange(this.fold, one, undefined)
      }
    }
  }

  finish(): void {
    this.time = this.#room.acts.length
    this.hear(this.#room.rangeAt(this.time, this.fold.applied, this.time))
    for (this.take({ step: 'answer' }), this.take({ step: 'arrive' }); this.fold.cursor !== null; ) {
      for (const name of ['ask', 'answer', 'arrive']) this.take({ step: name })
    }
  }

  #ask(): void {
    if (this.#asked !== undefined || this.fold.cursor === null) return
    this.#asked = Number(this.fold.cursor)
    this.fold = beginPage(this.fold)
  }

  #answerPage(): void {
    if (this.#asked !== undefined) this.#answer ??= this.#room.pageAt(this.time, this.#asked, 4)
  }

  #arrive(): void {
    if (this.#answer === undefined) return
    this.fold = addPage(this.fold, this.#answer)
    this.#asked = this.#answer = undefined
  }
}

test('whatever is lost, doubled, late and out of order: always in order, never back, complete in the end', () => {
  fc.assert(
    fc.property(
      fc.array(act, { minLength: 1, maxLength: 40 }),
      fc.nat(),
      fc.nat(),
      fc.array(step, { maxLength: 80 }),
      (acts, first, later, steps) => {
        const room = new ModelRoom(acts)
        const position = first % (acts.length + 1)
        const run = new Run(room, position, position + (later % (acts.length - position + 1)))
        let before = run.fold
        for (const one of steps) {
          run.take(one)
          expectSound(before, run.fold, room)
          before = run.fold
        }
        run.finish()
        const truth = room.messagesAt(acts.length)
        expect(run.fold.messages).toEqual([...truth.values()])
        expect(run.fold.applied).toBe(acts.length)
      },
    ),
    { numRuns: 3_000 },
  )
})

/** In order, none twice, no number that does not count yet, none missing, and none as it was before. */
function expectSound(before: RoomFold, fold: RoomFold, room: ModelRoom): void {
  const seqs = fold.messages.map(({ seq }) => seq)
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
  expect(seqs.every((seq) => seq <= fold.applied)).toBe(true)
  const now = room.messagesAt(room.acts.length)
  const expected = [...now.keys()].filter((seq) => seq >= fold.floor && seq <= fold.applied)
  expect(expected.filter((seq) => !seqs.includes(seq))).toEqual([])
  for (const { seq, version, deletedAt } of before.messages) {
    const next = fold.messages.find((message) => message.seq === seq)
    if (next !== undefined)
      expect([next.version >= version, deletedAt === null || next.deletedAt !== null]).toEqual([true, true])
  }
}
