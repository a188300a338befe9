export type * from './generated/trpc.ts'
