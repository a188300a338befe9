import type { AntiphonClient, RoomId, UserId } from '../generated/index.ts'

/** What everything about one room begins with. */
export interface RoomOptions {
  readonly client: AntiphonClient
  readonly roomId: RoomId
  readonly viewer: () => Promise<UserId | undefined>
  /** What the viewer may see depends on this text, too: as it was last, or as it is now. */
  readonly sight: (wanted: 'last' | 'now') => Promise<string>
  /** A number that the room is known to have reached. */
  readonly position: () => number | undefined
  /** Whether the stream is open and tells everything. */
  readonly isConnected: boolean
  readonly report: (error: unknown) => void
}
