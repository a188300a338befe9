import { modelName } from '../models/schema.ts'
import { keptRules } from './schema.ts'
import type { RunRecord } from './store.ts'

/** A run as callers see it. */
export function shownRun({ digest, policy, reversedAt, ...run }: RunRecord) {
  return {
    ...run,
    ...{ reversedAt, state: reversedAt === null ? ('standing' as const) : ('reversed' as const) },
    ...{ model: modelName.parse(run.model), digest: digest.toString('hex'), rules: keptRules.parse(policy) },
    ...{ streams: Number(run.streams), seconds: Number(run.seconds) },
  }
}
