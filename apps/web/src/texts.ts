import { AntiphonError } from '@antiphon/client'

/** All words that people read, in one place. */
export const texts = {
  title: 'Antiphon',
  tagline: 'Call and response.',
  signIn: 'Sign in',
  signUp: 'Create account',
  signOut: 'Sign out',
  toSignIn: 'I have an account',
  toSignUp: 'I am new here',
  sessionEnded: 'You have been signed out. Please sign in again.',
  identifier: 'User name or email',
  password: 'Password',
  userName: 'User name',
  email: 'Email',
  firstName: 'First name',
  lastName: 'Last name',
  optional: 'optional',
  loading: 'Loading…',
  retry: 'Try again',
  back: 'All conversations',
  conversations: 'Conversations',
  noConversations: 'Nothing here yet. Find somebody and say hello.',
  newConversation: 'New conversation',
  newHint: 'One person starts a conversation between the two of you; a name makes it a group.',
  choose: 'Choose a conversation, or start a new one.',
  moreRooms: 'Show more',
  find: 'Find people by user name',
  found: 'People found',
  nobodyFound: (search: string) => `Nobody’s user name begins with “${search}”.`,
  chosen: 'Chosen',
  remove: (name: string) => `Remove ${name}`,
  groupName: 'Group name',
  start: 'Start conversation',
  makeGroup: 'Create group',
  nobodyChosen: 'Choose somebody, or give the group a name.',
  group: 'Group',
  notes: 'Notes to yourself',
  unknownName: '…',
  unknownRoom: 'Conversation',
  messages: 'Messages',
  older: 'Earlier messages',
  beginning: 'This is where it begins.',
  latest: 'New messages',
  write: 'Message',
  send: 'Send',
  sending: 'Sending…',
  notSent: 'Not sent.',
  lost: 'Connection lost. Trying again…',
  announce: (name: string, body: string) => `${name}: ${body}`,
  tooLong: (length: number, max: number) => `${length.toLocaleString()} of ${max.toLocaleString()} characters`,
  today: 'Today',
  yesterday: 'Yesterday',
} as const

const errorTexts: Readonly<Record<string, string>> = {
  NETWORK: 'The server cannot be reached.',
  TIMEOUT: 'The server took too long to answer.',
  UNAVAILABLE: 'The server is not available just now.',
  RATE_LIMITED: 'Too many requests. Please wait a moment.',
  WRONG_CREDENTIALS: 'No account has this name and password.',
  USER_NAME_TAKEN: 'This user name is taken.',
  EMAIL_TAKEN: 'There is an account with this email already.',
  NOT_FOUND: 'This does not exist, or you cannot see it.',
}

/** What to tell people of an error. */
export function errorText(error: unknown): string {
  if (!(error instanceof AntiphonError)) return error instanceof Error ? error.message : String(error)
  const quote = error.code === 'INTERNAL' && error.requestId !== undefined ? ` (${error.requestId})` : ''
  return (errorTexts[error.code] ?? error.message) + quote
}
