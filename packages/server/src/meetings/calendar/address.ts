import type { MeetingId } from '../../ids.ts'

/** A path of the server, where people find it. */
export function addressAt({ publicUrl }: { readonly publicUrl: () => string }, path: string): string {
  return `${publicUrl().replace(/\/+$/, '')}${path}`
}

interface Doors {
  id: MeetingId
  joinUrl: string | null
  lobby: boolean
  hasPasscode: boolean
}

/**
 * Where to go for a meeting, as mails and calendars say it: the room itself where everybody who knows the address may enter,
 * else the page that asks to join.
 */
export function addressOf(
  web: { readonly publicUrl: () => string },
  { id, joinUrl, lobby, hasPasscode }: Doors,
): string {
  return joinUrl === null || lobby || hasPasscode ? addressAt(web, `/meetings/${id}`) : joinUrl
}
