import { isMeetingId, isRecordingId, isRoomId, type MeetingId, type RecordingId, type RoomId } from '@antiphon/client'
import { useSyncExternalStore } from 'react'

/** What mails link to, with the token of the link. */
type LinkPage = 'reset' | 'invitation' | 'verify'

const plainPages = [
  'new',
  'open',
  'search',
  'friends',
  'profile',
  'meetings',
  'recordings',
  'sessions',
  'royalties',
] as const

export type Route =
  | { readonly page: 'home' | (typeof plainPages)[number] }
  /** A room, at a message where one is named. */
  | { readonly page: 'room'; readonly roomId: RoomId; readonly seq: number | undefined }
  | { readonly page: 'info'; readonly roomId: RoomId }
  | { readonly page: 'meeting' | 'meetingRoom'; readonly meetingId: MeetingId }
  | { readonly page: 'recording'; readonly recordingId: RecordingId }
  /** A month of accounts. */
  | { readonly page: 'period'; readonly period: string }
  | { readonly page: LinkPage; readonly token: string }
  /** Where links to recordings lead. What is behind the `#` no request carries; it stays there, so that a reload works. */
  | { readonly page: 'watch'; readonly link: string }

export const links = {
  home: '#/',
  new: '#/new',
  open: '#/open',
  search: '#/search',
  friends: '#/friends',
  profile: '#/profile',
  room: (id: RoomId) => `#/rooms/${id}`,
  message: (id: RoomId, seq: number) => `#/rooms/${id}/${seq}`,
  info: (id: RoomId) => `#/rooms/${id}/info`,
  meetings: '#/meetings',
  meeting: (id: MeetingId) => `#/meetings/${id}`,
  meetingRoom: (id: MeetingId) => `#/meetings/${id}/room`,
  sessions: '#/sessions',
  royalties: '#/royalties',
  period: (period: string) => `#/royalties/${period}`,
  recordings: '#/recordings',
  recording: (id: RecordingId) => `#/recordings/${id}`,
} as const

let current: Route | undefined

/** What the address says after the `#`; reload and back work by themselves. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => (current ??= takeRoute()))
}

/** Reads the address. The token of a link is good for an account: it leaves address and history at once. */
export function takeRoute(): Route {
  const { pathname, hash } = location
  if (pathname === '/watch') return { page: 'watch', link: hash.slice(1) }
  // Mails and calendars name pages by their path.
  const [path] = /^\/(meetings|recordings)\b.*/.exec(pathname) ?? []
  if (path !== undefined) history.replaceState(null, '', `/#${path}`)
  const route = parse(path === undefined ? hash : `#${path}`)
  if ('token' in route) history.replaceState(null, '', `#/${route.page}`)
  return route
}

function parse(hash: string): Route {
  const [, page = '', rest = ''] = /^#\/([a-z]*)(?:\/(.*))?$/.exec(hash) ?? []
  const plain = plainPages.find((name) => name === page)
  if (rest === '') return { page: plain ?? 'home' }
  if (page === 'reset' || page === 'invitation' || page === 'verify') return { page, token: rest }
  const [, meetingId] = /^(\w+)\/room$/.exec(rest) ?? []
  if (page === 'meetings' && isMeetingId(meetingId)) return { page: 'meetingRoom', meetingId }
  if (page === 'meetings' && isMeetingId(rest)) return { page: 'meeting', meetingId: rest }
  if (page === 'royalties' && /^\d{4}-\d\d$/.test(rest)) return { page: 'period', period: rest }
  if (page === 'recordings' && isRecordingId(rest)) return { page: 'recording', recordingId: rest }
  const [, roomId, seq, info] = /^(\w+)(?:\/(?:([1-9]\d*)|(info)))?$/.exec(rest) ?? []
  if (page !== 'rooms' || !isRoomId(roomId)) return { page: 'home' }
  return info ? { page: 'info', roomId } : { page: 'room', roomId, seq: seq === undefined ? undefined : Number(seq) }
}

function subscribe(listener: () => void): () => void {
  const onChange = () => {
    current = takeRoute()
    listener()
  }
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}
