import type { MeetingRecord } from './store.ts'

/** A meeting as everybody sees it who sees it. */
export function withoutSecrets({ passcode, joinUrl: _, ...row }: MeetingRecord) {
  return { ...row, hasPasscode: passcode !== null, link: null }
}

/** The same for who holds it, without its passcode. */
export function withLink({ link, ...row }: MeetingRecord) {
  return { ...withoutSecrets({ ...row, link }), link }
}
