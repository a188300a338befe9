import { describe, expect, test } from 'vitest'
import { addMarks, addPage, applyRange, beginFold, beginPage, endPage, replaceMarks } from '../src/events/room/fold.ts'
import type { RoomEvent, UserId } from '../src/index.ts'
import { memberOf, messageOf, pageOf, rangeOf, roomOf, sent } from './room.ts'

const [ann, bob, cleo]: [UserId, UserId, UserId] = ['usr_a', 'usr_b', 'usr_c']
const begin = (applied: number, seqs: readonly number[] = [], cursor: string | null = null) =>
  beginFold({
    ...{
      room: roomOf(),
      members: [memberOf(ann, 'owner'), memberOf(bob)],
      marks: [],
      applied,
      isGone: false,
      sight: '',
    },
    page: pageOf(
      seqs.map((seq) => messageOf(seq)),
      cursor,
    ),
  })
const about = (seq: number, kind: 'edited' | 'deleted' | 'reacted', of: number, change = {}): RoomEvent => ({
  ...{ kind: `message.${kind}`, seq, at: new Date(seq), actorId: ann, message: messageOf(of, change) },
})
const seqsOf = ({ messages }: { messages: readonly { seq: number }[] }) => messages.map(({ seq }) => seq)
const bodiesOf = ({ messages }: { messages: readonly { body: string }[] }) => messages.map(({ body }) => body)

describe('applyRange', () => {
  test('adds what is new, once, and passes over what is known', () => {
    const known = begin(2, [1, 2])
    const next = applyRange(known, rangeOf(2, 4, [sent(3), sent(4)]), ann)
    expect(seqsOf(next)).toEqual([1, 2, 3, 4])
    expect(next.applied).toBe(4)
    expect(next.room).toMatchObject({ lastSeq: 4, lastEventAt: sent(4).at })
    expect(applyRange(next, rangeOf(2, 4, [sent(3), sent(4)]), ann)).toBe(next)
    expect(seqsOf(applyRange(next, rangeOf(3, 5, [sent(4), sent(5)]), ann))).toEqual([1, 2, 3, 4, 5])
    expect(seqsOf(known)).toEqual([1, 2])
  })

  test('counts numbers that it may not see or does not know', () => {
    const unknown = { kind: 'message.pinned', seq: 4, at: new Date(4), actorId: ann, message: messageOf(1) }
    const next = applyRange(begin(2, [1]), rangeOf(2, 5, [unknown as unknown as RoomEvent]), ann)
    expect([next.applied, seqsOf(next)]).toEqual([5, [1]])
  })

  test('replaces messages by what is told of them, and never goes back', () => {
    const known = begin(3, [1, 2, 3])
    const edited = applyRange(known, rangeOf(3, 4, [about(4, 'edited', 2, { version: 3, body: 'Third' })]), ann)
    expect(bodiesOf(edited)).toEqual(['Number 1', 'Third', 'Number 3'])
    const older = applyRange(edited, rangeOf(4, 5, [about(5, 'edited', 2, { version: 2, body: 'Second' })]), ann)
    expect(bodiesOf(older)).toEqual(['Number 1', 'Third', 'Number 3'])
    const deleted = applyRange(
      older,
      rangeOf(5, 6, [about(6, 'deleted', 2, { version: 3, body: '', deletedAt: new Date(6) })]),
      ann,
    )
    const back = applyRange(deleted, rangeOf(6, 7, [about(7, 'reacted', 2, { version: 3, body: 'Third' })]), ann)
    expect(bodiesOf(back)).toEqual(['Number 1', '', 'Number 3'])
    expect(seqsOf(back)).toEqual([1, 2, 3])
  })

  test('leaves messages below its pages alone', () => {
    const known = begin(9, [8, 9], 'more')
    expect(seqsOf(applyRange(known, rangeOf(9, 10, [about(10, 'edited', 3, { version: 2 })]), ann))).toEqual([8, 9])
  })

  test('follows members, their roles and the own one', () => {
    const common = { at: new Date(0), actorId: bob }
    let next = applyRange(
      begin(1),
      rangeOf(1, 2, [{ kind: 'member.joined', seq: 2, ...common, userId: cleo, member: memberOf(cleo) }]),
      ann,
    )
    expect(next.members.map(({ userId }) => userId)).toEqual([ann, bob, cleo])
    next = addMarks(next, [{ userId: cleo, deliveredSeq: 2, readSeq: 2 }])
    const changed = { kind: 'member.changed', seq: 3, ...common, userId: ann, member: memberOf(ann, 'admin') } as const
    const left = { kind: 'member.left', seq: 4, ...common, userId: cleo, member: null } as const
    next = applyRange(next, rangeOf(2, 4, [changed, left]), ann)
    expect(next.members).toEqual([memberOf(ann, 'admin'), memberOf(bob)])
    expect(next.room?.role).toBe('admin')
    expect(next.marks.size).toBe(0)
  })

  test('ends with the own leaving, and not where one is back already', () => {
    const common = { at: new Date(0), actorId: ann, userId: ann }
    const left = { kind: 'member.removed', seq: 3, ...common, member: null } as const
    const gone = applyRange(begin(2, [2]), rangeOf(2, 3, [left]), ann)
    expect([gone.isGone, gone.room?.role, seqsOf(gone)]).toEqual([true, null, [2]])
    expect(applyRange(begin(2), rangeOf(2, 3, [left]), bob).isGone).toBe(false)
    const joined = { kind: 'member.joined', seq: 4, ...common, member: memberOf(ann) } as const
    const back = applyRange(begin(2), rangeOf(2, 4, [{ ...left, member: memberOf(ann) }, joined]), ann)
    expect([back.isGone, back.room?.role]).toEqual([false, 'member'])
    const removed = { kind: 'room.removed', seq: 3, at: new Date(3), actorId: bob } as const
    expect(applyRange(begin(2), rangeOf(2, 3, [removed]), ann).isGone).toBe(true)
  })

  test('takes settings over, and drops what was purged', () => {
    const known = begin(5, [3, 4, 5], 'more')
    const common = { at: new Date(6), actorId: bob, room: roomOf({ name: 'Quiet', minSeq: 4 }) }
    const next = applyRange(known, rangeOf(5, 6, [{ kind: 'room.purged', seq: 6, ...common, upTo: 4 }]), ann)
    expect([seqsOf(next), next.cursor, next.room?.name, next.room?.role]).toEqual([[5], null, 'Quiet', 'owner'])
    const above = begin(5, [5], 'more')
    const partly = applyRange(above, rangeOf(5, 6, [{ kind: 'room.purged', seq: 6, ...common, upTo: 4 }]), ann)
    expect([seqsOf(partly), partly.cursor]).toEqual([[5], null])
  })
})

describe('pages', () => {
  test('go on below, and know the beginning', () => {
    const known = begin(9, [7, 9], 'c7')
    const page = addPage(beginPage(known), pageOf([messageOf(3), messageOf(5)], 'c3'))
    expect([seqsOf(page), page.cursor, page.floor]).toEqual([[3, 5, 7, 9], 'c3', 3])
    const last = addPage(beginPage(page), pageOf([messageOf(1)]))
    expect([seqsOf(last), last.cursor, last.floor]).toEqual([[1, 3, 5, 7, 9], null, 0])
  })

  test('what was told while a page was on its way is newer', () => {
    const asked = beginPage(begin(9, [8, 9], 'c8'))
    const told = applyRange(asked, rangeOf(9, 10, [about(10, 'edited', 7, { version: 2, body: 'Edited' })]), ann)
    expect(seqsOf(told)).toEqual([8, 9])
    const page = addPage(told, pageOf([messageOf(6), messageOf(7)], 'c6'))
    expect(bodiesOf(page)).toEqual(['Number 6', 'Edited', 'Number 8', 'Number 9'])
  })

  test('what was purged meanwhile does not come back', () => {
    const asked = beginPage(begin(9, [8, 9], 'c8'))
    const purged = {
      kind: 'room.purged',
      seq: 10,
      at: new Date(),
      actorId: ann,
      room: roomOf({ minSeq: 6 }),
      upTo: 6,
    } as const
    const page = addPage(applyRange(asked, rangeOf(9, 10, [purged]), ann), pageOf([messageOf(6), messageOf(7)], 'c6'))
    expect([seqsOf(page), page.cursor]).toEqual([[7, 8, 9], null])
  })

  test('that nobody awaits any more are left out', () => {
    const known = endPage(beginPage(begin(9, [8, 9], 'c8')))
    expect(addPage(known, pageOf([messageOf(7)]))).toBe(known)
  })

  test('the first one does not run ahead of the number', () => {
    const known = begin(5, [4, 5, 6, 7], 'c4')
    expect([seqsOf(known), known.floor]).toEqual([[4, 5], 4])
    const all = begin(3, [6, 7], 'c6')
    expect([seqsOf(all), all.floor]).toEqual([[], 4])
    expect(seqsOf(applyRange(all, rangeOf(3, 7, [sent(4), sent(6), sent(7)]), ann))).toEqual([4, 6, 7])
  })
})

test('marks only advance, unless all of them are told anew', () => {
  const known = addMarks(begin(9), [{ userId: bob, deliveredSeq: 5, readSeq: 3 }])
  const next = addMarks(known, [
    { userId: bob, deliveredSeq: 4, readSeq: 4 },
    { userId: cleo, deliveredSeq: 0, readSeq: 0 },
  ])
  expect([...next.marks.values()]).toEqual([{ userId: bob, deliveredSeq: 5, readSeq: 4 }])
  expect(replaceMarks(next, [...next.marks.values()])).toBe(next)
  expect(replaceMarks(next, []).marks.size).toBe(0)
})
