import { type LiveParticipant, ProviderError, type RoomFacts } from '../provider.ts'
import type { Participant, User } from './shapes.ts'

export function nameOf({ display_name, first_name, last_name }: User): string | undefined {
  return display_name ?? ([first_name, last_name].filter((name) => name !== undefined).join(' ') || undefined)
}

interface Told {
  readonly topic?: string | undefined
  readonly host?: string | undefined
  readonly host_email?: string | undefined
  readonly join_url?: string | undefined
  readonly password?: string | undefined
}

/** What is told of a room; what is not is left out. */
export function factsOf({ topic, host, host_email, join_url, password }: Told): RoomFacts {
  return {
    ...(topic !== undefined && { title: topic }),
    ...(host !== undefined && { hostName: host }),
    ...(host_email !== undefined && { hostEmail: host_email }),
    ...(join_url !== undefined && { joinUrl: join_url }),
    ...(password !== undefined && { passcode: password }),
  }
}

/** Somebody in a meeting; undefined where nothing names them. */
export function personOf(told: Participant): LiveParticipant | undefined {
  const { participant_uuid, user_id, user_name = '', email = null, join_time = null } = told
  const key = participant_uuid ?? (user_id === undefined || user_id === null ? '' : String(user_id))
  return key === '' ? undefined : { key, name: user_name, userId: null, email, joinedAt: join_time }
}

export function kindOf(error: unknown): string | undefined {
  return error instanceof ProviderError ? error.problem.kind : undefined
}

export async function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work
  } catch (error) {
    if (kindOf(error) === 'notFound') return undefined
    throw error
  }
}
