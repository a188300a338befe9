import type { Model } from './model.ts'
import { proRataSeconds, proRataStreams } from './proRata.ts'
import { userCentricSeconds } from './userCentric.ts'

/** All models by their names on the wire. A further one is a line here, and one of its words in schema.ts. */
export const models = {
  'pro-rata-seconds': proRataSeconds,
  'pro-rata-streams': proRataStreams,
  'user-centric-seconds': userCentricSeconds,
} as const satisfies Record<string, Model>

export type ModelName = keyof typeof models

export const modelNames = Object.keys(models) as ModelName[]
