import type { AntiphonClient, RoomId, UserId } from '../../generated/index.ts'

/** What everything about one room begins with. */
export interface RoomOptions {
  readonly client: AntiphonClient
  readonly roomId: RoomId
  readonly viewer: () => Promise<UserId | undefined>
  /** What the server said last of how often it changed whom the viewer blocks; no event tells of that. */
  readonly sight: { last: number | undefined }
  /** A number that the room is known to have reached. */
  readonly position: () => number | undefined
  /** Whether the stream is open and tells everything. */
  readonly isConnected: boolean
  readonly report: (error: unknown) => void
}
