export { type AntiphonClient, createClient, type EventsApi } from './client.ts'
export type {
  DraftMessage,
  Events,
  EventsOptions,
  MarkReadOptions,
  MessageReceipts,
  PendingMessage,
  RoomSnapshot,
  RoomView,
  RoomViewStatus,
} from './events/types.ts'
export * from './generated/index.ts'
