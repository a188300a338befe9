import { noMeeting, noUser } from './refusal.ts'
import {
  createState,
  type MeetingDetails,
  present,
  type ZoomMeeting,
  type ZoomPerson,
  type ZoomRun,
  type ZoomState,
  type ZoomUser,
} from './state.ts'
import { eventMeeting, recordingOf, withParticipant } from './wire.ts'

/** Tells of an event; `more` stands beside its payload. */
export type Emit = (
  event: string,
  payload: Readonly<Record<string, unknown>>,
  more?: Readonly<Record<string, unknown>>,
) => void

/** What people and hosts do at Zoom. */
export interface ZoomActs {
  addUser(user: { email: string; firstName?: string; lastName?: string; id?: string }): ZoomUser
  createMeeting(meeting: Partial<MeetingDetails> & { host: string; id?: number }): ZoomMeeting
  updateMeeting(id: number, details: Partial<MeetingDetails>): void
  deleteMeeting(id: number): void
  /** Begins a run; the uuid is made up unless given. */
  start(id: number, run?: { uuid?: string }): ZoomRun
  /** Somebody comes in, which begins a run where there is none. */
  join(id: number, name: string, email?: string): ZoomPerson
  leave(id: number, participantUuid: string): void
  /** @returns whether it ran */
  end(id: number): boolean
  /** A file of the run that is on, or else of the last one. */
  record(id: number, file: RecordedFile): string
}

export interface RecordedFile {
  readonly bytes: Uint8Array
  readonly fileType?: 'MP4' | 'M4A' | 'TRANSCRIPT' | 'CHAT'
  readonly contentType?: string
  readonly durationSeconds?: number
}

export interface ZoomAccount extends ZoomActs {
  readonly state: ZoomState
  user(idOrEmail: string): ZoomUser
  meeting(id: string | number): ZoomMeeting
}

interface Options {
  readonly accountId: string
  readonly seed: string
  readonly now: () => Date
  /** Where people join. */
  readonly address: () => string
  readonly emit: Emit
}

export function createAccount(options: Options): ZoomAccount {
  const { accountId, seed, now, address, emit } = options
  const state = createState(seed)
  const tell = (event: string, object: unknown, more?: Record<string, unknown>) =>
    emit(event, { account_id: accountId, object }, more)
  const user = (name: string) => {
    const [owner] = state.users.values()
    const found =
      name === 'me' ? owner : (state.users.get(name) ?? state.users.values().find(({ email }) => email === name))
    if (found === undefined) throw noUser(name)
    return found
  }
  const meeting = (id: string | number) => {
    const found = state.meetings.get(Number(id))
    if (found === undefined) throw noMeeting(String(id))
    return found
  }
  const objectOf = (of: ZoomMeeting, run?: ZoomRun) => eventMeeting(of, run, address())
  const leaveRun = (of: ZoomMeeting, run: ZoomRun, person: ZoomPerson, reason: string) => {
    person.leftAt = now()
    prune(run.people, maxPeople, ({ leftAt }) => leftAt !== null)
    tell('meeting.participant_left', withParticipant(objectOf(of, run), person, reason))
  }
  const account: ZoomAccount = {
    state,
    user,
    meeting,
    addUser({ email, firstName = email.split('@')[0] ?? '', lastName = '', id }) {
      const isFirst = state.users.size === 0
      const made = {
        id: id ?? state.digest('user', email).toString('base64url').slice(0, 22),
        email,
        firstName,
        lastName,
      }
      const added: ZoomUser = { ...made, roleId: isFirst ? '0' : '2' }
      state.users.set(added.id, added)
      return added
    },
    createMeeting({ host, id, ...details }) {
      const number = id ?? 82_000_000_000 + state.next('meeting')
      const made: ZoomMeeting = {
        ...{ id: number, hostId: user(host).id, createdAt: now(), run: null, past: [] },
        details: { ...defaults(state, number), ...details },
      }
      state.meetings.set(number, made)
      tell('meeting.created', objectOf(made))
      return made
    },
    updateMeeting(id, details) {
      const changed = meeting(id)
      changed.details = { ...changed.details, ...details }
      tell('meeting.updated', objectOf(changed))
    },
    deleteMeeting(id) {
      const gone = meeting(id)
      state.meetings.delete(id)
      tell('meeting.deleted', objectOf(gone))
    },
    start(id, { uuid } = {}) {
      const started = meeting(id)
      if (started.run !== null) return started.run
      const startedAt = now()
      const made = state.digest('run', id, startedAt.getTime(), state.next('run')).subarray(0, 16).toString('base64')
      started.run = { uuid: uuid ?? made, startedAt, endedAt: null, people: [] }
      tell('meeting.started', objectOf(started, started.run))
      return started.run
    },
    join(id, name, email = '') {
      const run = account.start(id)
      const number = state.next(`person ${id}`)
      const person: ZoomPerson = {
        participantUuid: state.digest('person', run.uuid, number).toString('hex').slice(0, 32).toUpperCase(),
        ...{ userId: String(16_778_240 + number * 1_024), name, email, joinedAt: now(), leftAt: null },
      }
      run.people.push(person)
      tell('meeting.participant_joined', withParticipant(objectOf(meeting(id), run), person))
      return person
    },
    leave(id, participantUuid) {
      const of = meeting(id)
      const person = of.run && present(of.run).find((one) => one.participantUuid === participantUuid)
      if (of.run && person) leaveRun(of, of.run, person, 'left the meeting')
    },
    end(id) {
      const of = meeting(id)
      const { run } = of
      if (run === null) return false
      for (const person of present(run)) leaveRun(of, run, person, 'Host ended the meeting.')
      run.endedAt = now()
      of.run = null
      of.past.push(run)
      prune(of.past, maxPast, ({ uuid }) => !state.files.some((file) => file.uuid === uuid))
      tell('meeting.ended', objectOf(of, run))
      return true
    },
    record(id, given) {
      const of = meeting(id)
      const run = of.run ?? of.past.at(-1)
      if (run === undefined) throw new Error('A meeting is recorded while it runs.')
      const fileId = addFile(state, of, run, { ...given, at: now() })
      const token = `download.${fileId}`
      tell('recording.completed', recordingOf(state, of, run.uuid, address()), { download_token: token })
      return fileId
    },
  }
  return account
}

/** A demo may run for weeks. */
const maxPeople = 500
const maxPast = 100

/** Takes the oldest out that may go, where there are too many. */
function prune<Item>(items: Item[], most: number, mayGo: (item: Item) => boolean): void {
  const oldest = items.length > most ? items.findIndex(mayGo) : -1
  if (oldest >= 0) items.splice(oldest, 1)
}

function defaults(state: ZoomState, id: number): MeetingDetails {
  const password = state.digest('passcode', id).toString('base64url').replaceAll(/[-_]/g, '').slice(0, 6)
  const time = { start_time: null, timezone: 'UTC', duration: 60 }
  return { topic: 'Zoom Meeting', agenda: '', type: 2, ...time, password, settings: {} }
}

const kinds = {
  MP4: { extension: 'MP4', recordingType: 'shared_screen_with_speaker_view', contentType: 'video/mp4' },
  M4A: { extension: 'M4A', recordingType: 'audio_only', contentType: 'audio/mp4' },
  TRANSCRIPT: { extension: 'VTT', recordingType: 'audio_transcript', contentType: 'text/vtt' },
  CHAT: { extension: 'TXT', recordingType: 'chat_file', contentType: 'text/plain' },
} as const

function addFile(state: ZoomState, of: ZoomMeeting, run: ZoomRun, given: RecordedFile & { at: Date }): string {
  const { bytes, fileType = 'MP4', durationSeconds = 60, at } = given
  const kind = { ...kinds[fileType], ...(given.contentType !== undefined && { contentType: given.contentType }) }
  const name = state.digest('file', run.uuid, state.files.length).toString('hex')
  const id = name.slice(0, 32).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const span = { from: new Date(at.getTime() - durationSeconds * 1_000), to: at }
  state.files.push({ id, uuid: run.uuid, meetingId: of.id, bytes, fileType, ...kind, ...span, isTrashed: false })
  return id
}
