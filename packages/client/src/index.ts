export { type AntiphonClient, createClient, type EventsApi } from './client.ts'
export type {
  DraftMessage,
  Events,
  EventsOptions,
  ListedRoom,
  MarkReadOptions,
  MessageReceipts,
  PendingMessage,
  PresenceView,
  RoomList,
  RoomListSnapshot,
  RoomSnapshot,
  RoomView,
  RoomViewStatus,
} from './events/types.ts'
export * from './generated/index.ts'
export type {
  DownloadOptions,
  GrowingOptions,
  GrowingUpload,
  UploadOptions,
  UploadProgress,
  UploadsApi,
} from './uploads/types.ts'
