export { type Antiphon, type AntiphonOptions, type Caller, createAntiphon } from './app.ts'
export { MigrationError } from './db/migrate.ts'
export { ApiError, type ErrorCode, type ErrorDetails, errorCodes } from './errors.ts'
export type { DeviceId, MeetingId, RoomId, UserId } from './ids.ts'
export {
  type CallOptions,
  type Capability,
  type FetchedFile,
  type JoinRequest,
  type LiveParticipant,
  type LiveSession,
  type MeetingProvider,
  type Participant,
  ProviderError,
  type ProviderEvent,
  type ProviderProblem,
  type ProviderRoom,
  type RecordingFile,
  type RoomPlan,
  type WebhookRequest,
  type WebhookVerdict,
} from './providers/provider.ts'
export { type AppRouter, appRouter } from './root.ts'
