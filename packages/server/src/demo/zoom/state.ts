import { createHash } from 'node:crypto'

export interface ZoomUser {
  readonly id: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** `0` owns the account. */
  readonly roleId: '0' | '2'
}

export interface ZoomPerson {
  /** Of one stay. */
  readonly participantUuid: string
  /** Within the meeting. */
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly joinedAt: Date
  leftAt: Date | null
}

/** One run of a meeting. */
export interface ZoomRun {
  readonly uuid: string
  readonly startedAt: Date
  endedAt: Date | null
  readonly people: ZoomPerson[]
}

export interface ZoomMeeting {
  readonly id: number
  readonly hostId: string
  /** As it was sent, with what Zoom fills in. */
  details: MeetingDetails
  readonly createdAt: Date
  /** The one that runs. */
  run: ZoomRun | null
  readonly past: ZoomRun[]
}

export interface MeetingDetails {
  readonly topic: string
  readonly agenda: string
  readonly type: number
  readonly start_time: string | null
  readonly timezone: string
  readonly duration: number
  readonly password: string
  readonly recurrence?: unknown
  readonly settings: Readonly<Record<string, unknown>>
}

export interface ZoomFile {
  readonly id: string
  readonly uuid: string
  readonly meetingId: number
  readonly bytes: Uint8Array
  readonly fileType: string
  readonly extension: string
  readonly recordingType: string
  readonly contentType: string
  readonly from: Date
  readonly to: Date
  isTrashed: boolean
}

/** What an account at Zoom has. */
export interface ZoomState {
  readonly users: Map<string, ZoomUser>
  readonly meetings: Map<number, ZoomMeeting>
  readonly files: ZoomFile[]
  /** Bytes that look made up, and are the same for the same words. */
  digest(...words: readonly (string | number)[]): Buffer
  /** The next number of its kind. */
  next(kind: string): number
}

export function createState(seed: string): ZoomState {
  const counts = new Map<string, number>()
  return {
    users: new Map(),
    meetings: new Map(),
    files: [],
    digest: (...words) =>
      createHash('sha256')
        .update(JSON.stringify([seed, ...words]))
        .digest(),
    next(kind) {
      const next = (counts.get(kind) ?? 0) + 1
      counts.set(kind, next)
      return next
    },
  }
}

export const present = ({ people }: ZoomRun) => people.filter(({ leftAt }) => leftAt === null)
