import type { MeetingProvider } from './provider.ts'

/** Any address: the host brings it, and nothing is known of what happens there. */
export const link: MeetingProvider = { id: 'link', capabilities: new Set() }
