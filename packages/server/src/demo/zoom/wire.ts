import { createHash } from 'node:crypto'
import { present, type ZoomMeeting, type ZoomPerson, type ZoomRun, type ZoomState, type ZoomUser } from './state.ts'

/** What Zoom's answers and events look like. */

export const timeOf = (at: Date | null) => (at === null ? '' : at.toISOString().replace(/\.\d+/, ''))

export function userOf({ id, email, firstName, lastName, roleId }: ZoomUser) {
  const names = { first_name: firstName, last_name: lastName, display_name: `${firstName} ${lastName}`.trim() }
  return { id, email, ...names, type: 2, role_id: roleId, status: 'active', company: 'Choir' }
}

/** Its passcode in the form that only Zoom makes. */
export function joinUrlOf({ id, details }: ZoomMeeting, address: string): string {
  const pwd = createHash('sha256').update(`${id} ${details.password}`).digest('base64url').slice(0, 32)
  return `${address}/j/${id}?pwd=${pwd}.1`
}

/** The next run has its name before it begins. */
const uuidOf = ({ id, run, past }: ZoomMeeting) =>
  run?.uuid ?? createHash('sha256').update(`${id} ${past.length}`).digest().subarray(0, 16).toString('base64')

const planned = ({ details: { start_time, duration, timezone } }: ZoomMeeting) => ({
  ...(start_time !== null && { start_time: `${start_time.replace(/Z$/, '')}Z` }),
  ...{ duration, timezone },
})

/** In a list, where texts are cut short. */
export function listedMeeting(meeting: ZoomMeeting, address: string) {
  const { id, hostId, details, createdAt } = meeting
  const { topic, type, agenda } = details
  return {
    ...{ uuid: uuidOf(meeting), id, host_id: hostId, topic, type, ...planned(meeting) },
    ...{ agenda: agenda.slice(0, 250), created_at: timeOf(createdAt), join_url: joinUrlOf(meeting, address) },
  }
}

export function wholeMeeting(meeting: ZoomMeeting, host: ZoomUser, address: string) {
  const { agenda, password, settings, recurrence } = meeting.details
  return {
    ...listedMeeting(meeting, address),
    ...{ assistant_id: '', host_email: host.email, agenda, password, settings },
    ...(recurrence !== undefined && { recurrence }),
    start_url: `${address}/s/${meeting.id}?zak=secret`,
    status: meeting.run === null ? 'waiting' : 'started',
  }
}

export function dashboardMeeting({ id, details }: ZoomMeeting, run: ZoomRun, host: ZoomUser) {
  return {
    ...{ uuid: run.uuid, id, topic: details.topic, host: userOf(host).display_name, email: host.email },
    ...{ user_type: 'Licensed', start_time: timeOf(run.startedAt), end_time: '', duration: '' },
    ...{ participants: present(run).length, has_recording: false },
  }
}

export function dashboardPerson({ participantUuid, userId, name, email, joinedAt, leftAt }: ZoomPerson) {
  const times = { join_time: timeOf(joinedAt), ...(leftAt !== null && { leave_time: timeOf(leftAt) }) }
  return { id: '', user_id: userId, participant_uuid: participantUuid, user_name: name, email, ...times }
}

/** In events, numbers of meetings are texts. */
export function eventMeeting(meeting: ZoomMeeting, run: ZoomRun | undefined, address: string) {
  const { id, hostId, details } = meeting
  const { topic, type, timezone, duration, password } = details
  const about = { id: String(id), host_id: hostId, topic, type, timezone, duration }
  if (run === undefined) return { ...about, uuid: uuidOf(meeting), join_url: joinUrlOf(meeting, address), password }
  const { uuid, startedAt, endedAt } = run
  return { ...about, uuid, start_time: timeOf(startedAt), ...(endedAt && { end_time: timeOf(endedAt) }) }
}

export function withParticipant(object: object, person: ZoomPerson, leave_reason?: string) {
  const { participantUuid, userId, name, email, joinedAt, leftAt } = person
  const when =
    leave_reason === undefined ? { join_time: timeOf(joinedAt) } : { leave_time: timeOf(leftAt), leave_reason }
  const who = { user_id: userId, user_name: name, id: '', participant_uuid: participantUuid, email }
  return { ...object, participant: { ...who, ...when } }
}

export function recordingOf(state: ZoomState, meeting: ZoomMeeting, uuid: string, address: string) {
  const files = state.files.filter((file) => file.uuid === uuid && !file.isTrashed)
  return {
    ...{ uuid, id: meeting.id, account_id: '', host_id: meeting.hostId, topic: meeting.details.topic },
    start_time: timeOf(files[0]?.from ?? null),
    total_size: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    recording_count: files.length,
    recording_files: files.map(({ id, from, to, bytes, ...file }) => ({
      ...{ id, meeting_id: uuid, recording_start: timeOf(from), recording_end: timeOf(to) },
      ...{ file_type: file.fileType, file_extension: file.extension, file_size: bytes.length },
      ...{ recording_type: file.recordingType, status: 'completed' },
      ...{ download_url: `${address}/rec/download/${id}`, play_url: `${address}/rec/play/${id}` },
    })),
  }
}
