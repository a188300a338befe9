export { type AntiphonClient, createClient, type EventsApi } from './client.ts'
export type * from './events/types.ts'
export * from './generated/index.ts'
