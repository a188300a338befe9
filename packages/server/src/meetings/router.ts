import { z } from 'zod'
import { all, isAllowed, requireAccess, type UserAuth } from '../access.ts'
import { ApiError } from '../errors.ts'
import { once } from '../idempotency.ts'
import { meetingId, newId } from '../ids.ts'
import { decodeCursor, toPage } from '../page.ts'
import { type Context, router, signedIn } from '../trpc.ts'
import { audit } from '../users/audit/record.ts'
import { hashForOnce } from '../users/passwords.ts'
import { arrange } from './arrange.ts'
import { attendanceProcedures } from './attendance/router.ts'
import { calendarProcedures } from './calendar/router.ts'
import { change } from './change.ts'
import { tellAll } from './invitations/mails.ts'
import { invitationProcedures } from './invitations/router.ts'
import { joiningProcedures } from './joining/router.ts'
import { lobbyRouter } from './lobby/router.ts'
import { cancelOccurrence, findOccurrence, listOccurrences } from './occurrences/store.ts'
import { passcodeOf } from './passcode.ts'
import { recordingsRouter } from './recordings/router.ts'
import { insertRecording, removeRecordingOf } from './recordings/store.ts'
import { roomFollows } from './rooms/follow.ts'
import { cancelInput, createInput, listInput, meeting, meetingInput, occurrencePage, updateInput } from './schema.ts'
import { withLink, withoutSecrets } from './shown.ts'
import { endMeeting, findMeeting, lockMeeting, type MeetingRecord, updateMeeting } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))
const position = z.tuple([time, meetingId, time])

export const meetingsRouter = router({
  ...invitationProcedures,
  ...calendarProcedures,
  ...joiningProcedures,
  ...attendanceProcedures,
  lobby: lobbyRouter,
  recordings: recordingsRouter,

  create: signedIn
    .meta({
      summary: 'Arrange a meeting, or a series of them; you hold it.',
      description: 'A key that acts for somebody arranges it for them.',
      errors: [
        'UNKNOWN_PROVIDER',
        'LINK_NEEDED',
        'RECURRENCE_EMPTY',
        'RECURRENCE_TOO_LONG',
        'NOT_FOUND',
        'BLOCKED',
        'IDEMPOTENCY_KEY_REUSED',
      ],
    })
    .input(createInput)
    .output(meeting)
    .mutation(async ({ ctx, input }) => {
      const call = { auth: ctx.auth, procedure: 'meetings.create', input }
      const count = input.invitees?.length ?? 0
      if (count > 0) await ctx.limits.beforeInvitations({ userId: ctx.auth.userId, count })
      const passwordHash = await hashForOnce(ctx, call, input.recordingPassword)
      return once(ctx.db, call, async (tx) => {
        const { userId } = ctx.auth
        const { title } = input
        const id = await arrange(tx, ctx, { ...input, hostId: userId })
        await insertRecording(tx, { id: newId('recording'), meetingId: id, ownerId: userId, title, passwordHash })
        return shown(ctx, found(await findMeeting(tx, id, userId)), true)
      })
    }),

  get: signedIn
    .meta({ summary: 'A meeting that you hold or are invited to.', errors: ['NOT_FOUND'] })
    .input(meetingInput)
    .output(meeting)
    .query(async ({ ctx, input }) => {
      const isAdmin = await isAllowed(ctx.db, ctx.auth, 'meeting.listAll', [all])
      if (!isAdmin) await requireAccess(ctx.db, ctx.auth, 'meeting.see', [input.meetingId])
      const isInvited = await isAllowed(ctx.db, ctx.auth, 'meeting.see', [input.meetingId])
      return shown(ctx, found(await findMeeting(ctx.db, input.meetingId, ctx.auth.userId)), isInvited)
    }),

  update: signedIn
    .meta({
      summary: 'Change a meeting that you hold: one time of it, or all that are to come.',
      description:
        'A field left out stays as it is. Where the times of a series change, those that were moved or cancelled by themselves ' +
        'are as the series has them again; what is over stays when it was. Title, place and the like are of all its times. A room that failed is tried again, also without any change.',
      errors: ['NOT_FOUND', 'MEETING_OVER', 'RECURRENCE_EMPTY', 'RECURRENCE_TOO_LONG'],
      idempotent: true,
    })
    .input(updateInput)
    .output(meeting)
    .mutation(async ({ ctx, input: { passcode, ...input } }) => {
      const { meetingId, occurrence: _, ...fields } = input
      await requireAccess(ctx.db, ctx.auth, 'meeting.hold', [meetingId])
      const isChange = Object.values({ ...fields, passcode }).some((value) => value !== undefined)
      const sealed = passcode == null ? passcode : ctx.vault.seal(`meeting:${meetingId}`, passcode)
      return ctx.db.transaction().execute(async (tx) => {
        await change(tx, { ...input, passcode: sealed })
        if (input.occurrence === undefined) await roomFollows(tx, meetingId)
        if (isChange) await tellAll(tx, meetingId, { what: 'changed', time: input.occurrence })
        return shown(ctx, found(await findMeeting(tx, meetingId, ctx.auth.userId)), true)
      })
    }),

  cancel: signedIn
    .meta({
      summary: 'Cancel a meeting that you hold, or one time of it: those invited are told.',
      description: 'It stays in the lists, as cancelled. For administrators, too.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(cancelInput)
    .output(meeting)
    .mutation(async ({ ctx, input: { meetingId, occurrence } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.manage', [meetingId])
      const isInvited = await isAllowed(ctx.db, ctx.auth, 'meeting.see', [meetingId])
      return ctx.db.transaction().execute(async (tx) => {
        const { cancelledAt, hostId } = found(await lockMeeting(tx, meetingId))
        if (occurrence !== undefined) {
          const one = found(await findOccurrence(tx, meetingId, occurrence))
          if (one.cancelledAt === null && cancelledAt === null) {
            await cancelOccurrence(tx, meetingId, occurrence)
            await updateMeeting(tx, meetingId, {})
            await tellAll(tx, meetingId, { what: 'changed', time: occurrence })
          }
        } else if (cancelledAt === null) {
          await endMeeting(tx, meetingId, 'cancelled_at')
          await roomFollows(tx, meetingId)
          await tellAll(tx, meetingId, { what: 'off' })
        }
        if (hostId !== ctx.auth.userId) await audit(tx, ctx, { action: 'meetings.cancel', target: meetingId })
        return shown(ctx, found(await findMeeting(tx, meetingId, ctx.auth.userId)), isInvited)
      })
    }),

  remove: signedIn
    .meta({
      summary: 'Remove a meeting that you hold, with all its times: those invited are told.',
      description: 'For administrators, too. Its recording goes with it; the host can restore that for 30 days.',
      errors: ['NOT_FOUND'],
    })
    .input(meetingInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { meetingId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'meeting.manage', [meetingId])
      await ctx.db.transaction().execute(async (tx) => {
        const { hostId, cancelledAt } = found(await lockMeeting(tx, meetingId))
        await endMeeting(tx, meetingId, 'removed_at')
        await roomFollows(tx, meetingId)
        await removeRecordingOf(tx, meetingId)
        if (hostId !== ctx.auth.userId) await audit(tx, ctx, { action: 'meetings.remove', target: meetingId })
        // Of one that was cancelled they have heard.
        if (cancelledAt === null) await tellAll(tx, meetingId, { what: 'off' })
      })
    }),

  list: signedIn
    .meta({
      summary: 'When your meetings take place, in the order of their time.',
      description: 'A series is listed with each of its times. Cancelled ones are among them, and say so.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(occurrencePage)
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      if (filter.scope === 'all') await requireAccess(ctx.db, ctx.auth, 'meeting.listAll', [all])
      const after = decodeCursor(cursor, position)
      const rows = await listOccurrences(ctx.db, ctx.auth.userId, { ...filter, after, limit: limit + 1 })
      return toPage(rows, limit, ({ startsAt, meetingId, originalAt }) => [startsAt, meetingId, originalAt])
    }),
})

/** A meeting as those see it who are invited, or may see that it is. Where it is, `join` tells who has to be let in. */
function shown({ vault, auth }: Context & { auth: UserAuth }, record: MeetingRecord, isInvited: boolean) {
  const { lobby, hostId } = record
  const isOpen = isInvited && record.passcode === null && !lobby
  const passcode = isInvited ? passcodeOf(vault, record) : null
  return {
    ...(isOpen || auth.userId === hostId ? withLink(record) : withoutSecrets(record)),
    ...(passcode !== null && { passcode }),
  }
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
