import type { Logger } from 'pino'
import { z } from 'zod'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { type MeetingId, meetingId } from '../../ids.ts'
import { enqueue } from '../../jobs/enqueue.ts'
import type { Tasks } from '../../jobs/task.ts'
import { ask } from '../../providers/ask.ts'
import { type MeetingProvider, ProviderError, type ProviderRoom, type RoomPlan } from '../../providers/provider.ts'
import type { Providers } from '../../providers/registry.ts'
import { endIfOver } from '../../sessions/peer/rooms.ts'
import { passcodeOf } from '../passcode.ts'
import { outcomeOf } from './outcome.ts'
import { findRoom, noteProblem, noteRoom, type RoomRecord, settleRoom, unsettleRoom } from './store.ts'

const task = 'meetings.room'
const payload = z.object({ meetingId })
/** Over about two days. */
const maxAttempts = 16
const patienceMs = 30_000

/** Has the room at the provider follow a meeting that was made, changed or ended in this transaction. */
export async function roomFollows(tx: Db, meetingId: MeetingId): Promise<void> {
  if (await unsettleRoom(tx, meetingId)) await enqueueRoom(tx, meetingId)
  await endIfOver(tx, meetingId)
}

async function enqueueRoom(db: Db, meetingId: MeetingId, runAt?: Date): Promise<void> {
  await enqueue(
    db,
    task,
    { meetingId },
    {
      key: `room:${meetingId}`,
      // One job at a time looks after a room; which rooms share a queue is chance.
      queue: `${task} ${meetingId.slice(-1)}`,
      maxAttempts,
      ...(runAt !== undefined && { runAt }),
    },
  )
}

interface Dependencies {
  readonly db: Db
  readonly log: Logger
  readonly vault: Vault
  readonly providers: Providers
}

type Call = <Answer>(work: (options: { signal: AbortSignal }) => Promise<Answer>) => Promise<Answer>

/** Brings the room of a meeting to what the meeting is by now, whatever was done about it before. */
export function roomTasks({ db, log, vault, providers }: Dependencies): Tasks {
  return {
    [task]: async (given, { signal, attempt }) => {
      const { meetingId } = payload.parse(given)
      const room = await findRoom(db, meetingId)
      if (room === undefined || room.state === 'gone') return
      const call: Call = (work) => ask(work, { timeoutMs: patienceMs, signal })
      try {
        const state = room.overAt === null ? 'ready' : 'gone'
        const provider = await providers.find(room)
        if (room.overAt === null) await bringAbout(db, room, { call, provider: required(provider, room), vault })
        else if (!isDisconnected(room, provider)) {
          await takeAway(db, room, { call, provider: required(provider, room), vault })
        }
        if (!(await settleRoom(db, room, state))) await enqueueRoom(db, meetingId)
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error
        const { next, problem } = outcomeOf(weighed(error, room), attempt >= maxAttempts, new Date())
        log.warn({ meetingId, provider: room.provider, kind: error.problem.kind, err: error.cause }, error.message)
        await noteProblem(db, room, { state: next.kind === 'never' ? 'failed' : 'pending', problem })
        if (next.kind === 'later') await enqueueRoom(db, meetingId, next.at)
        if (next.kind === 'again') throw error
      }
    },
  }
}

/** The credentials of an account are mended, in a day or two. */
function weighed(error: ProviderError, { connectionId }: RoomRecord): ProviderError {
  if (error.problem.kind !== 'unauthorized' || connectionId === null) return error
  return new ProviderError({ kind: 'transient' }, error.message)
}

interface Means {
  readonly call: Call
  readonly provider: MeetingProvider
  readonly vault: Vault
}

async function bringAbout(db: Db, room: RoomRecord, means: Means): Promise<void> {
  const plan = planOf(room, means.vault)
  await noteRoom(db, room.id, await update(room, plan, means).catch(unlessMissing(() => ensure(plan, means))))
}

/** A room that was never told of may have been made all the same, by a try whose answer was lost. */
async function takeAway(db: Db, room: RoomRecord, means: Means): Promise<void> {
  let { externalId } = room
  if (externalId === null) {
    const made = await ensure(planOf(room, means.vault), means).catch((error: unknown) => {
      if (isRefusal(error)) return undefined
      throw error
    })
    if (made === undefined) return
    await noteRoom(db, room.id, made)
    externalId = made.externalId
  }
  const id = externalId
  await means
    .call(async (options) => means.provider.deleteRoom?.(id, options))
    .catch(unlessMissing(() => Promise.resolve()))
}

/** The room as it is to be, where it is known; a missing one is made. */
async function update({ externalId }: RoomRecord, plan: RoomPlan, means: Means): Promise<ProviderRoom> {
  const { call, provider } = means
  if (externalId === null) return ensure(plan, means)
  return call((options) => answered(provider.updateRoom?.(externalId, plan, options)))
}

function ensure(plan: RoomPlan, { call, provider }: Means): Promise<ProviderRoom> {
  return call((options) => answered(provider.ensureRoom?.(plan, plan.meetingId, options)))
}

function answered<Answer>(answer: Promise<Answer> | undefined): Promise<Answer> {
  if (answer === undefined)
    throw new ProviderError({ kind: 'unsupported', capability: 'create' }, 'The provider makes no rooms.')
  return answer
}

function unlessMissing<Answer>(otherwise: () => Promise<Answer>) {
  return (error: unknown): Promise<Answer> => {
    if (error instanceof ProviderError && error.problem.kind === 'notFound') return otherwise()
    throw error
  }
}

/** The provider made no room, and says that it will not. */
function isRefusal(error: unknown): boolean {
  return error instanceof ProviderError && ['forbidden', 'unsupported', 'notFound'].includes(error.problem.kind)
}

function required(found: MeetingProvider | undefined, { provider, connectionId }: RoomRecord): MeetingProvider {
  if (found !== undefined) return found
  const words = connectionId === null ? `The server has no provider "${provider}".` : notConnected
  throw new ProviderError({ kind: 'unsupported', capability: 'create' }, words)
}

const notConnected = 'The account of the meeting is not connected any more.'

/** Nothing at the provider can be reached from here any more. */
function isDisconnected({ connectionId }: RoomRecord, provider: MeetingProvider | undefined): boolean {
  return connectionId !== null && provider === undefined
}

function planOf({ hostId, hostName, hostEmail, ...room }: RoomRecord, vault: Vault): RoomPlan {
  const { title, description, startsAt, durationMinutes, timeZone, recurrence, lobby } = room
  return {
    meetingId: room.id,
    host: { id: hostId, name: hostName, email: hostEmail },
    ...{ title, description, startsAt, durationMinutes, timeZone, recurrence, lobby },
    passcode: passcodeOf(vault, room),
  }
}
