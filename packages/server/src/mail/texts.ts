/** A mail but for its recipient. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Asks for a look into the mailbox, to prove that an address belongs to the account. */
export function verificationMail({ name, link, minutes }: { name: string; link: string; minutes: number }): MailText {
  return compose({
    subject: 'Please confirm your email address',
    name,
    before: ['Please confirm that this is your email address.'],
    button: { label: 'Confirm the address', link },
    after: [
      `The link works for ${amount(minutes, 'minute')}. If you have no account with us, please ignore this mail.`,
    ],
  })
}

/** Lets somebody who forgot the password choose another. */
export function passwordResetMail({ name, link, minutes }: { name: string; link: string; minutes: number }): MailText {
  return compose({
    subject: 'Choose a new password',
    name,
    before: ['Somebody, probably you, asked for a new password for your account.'],
    button: { label: 'Choose a new password', link },
    after: [
      `The link works once, for ${amount(minutes, 'minute')}.`,
      'If it was not you, please ignore this mail: your password stays as it is.',
    ],
  })
}

/** Welcomes somebody for whom an account was made. */
export function invitationMail({ name, link, days }: { name: string; link: string; days: number }): MailText {
  return compose({
    subject: 'You are invited',
    name,
    before: ['An account was made for you. Choose a password, and it is yours.'],
    button: { label: 'Accept the invitation', link },
    after: [`The link works for ${amount(days, 'day')}. If you expected no invitation, please ignore this mail.`],
  })
}

/** Tells the owner of an account; the link leads to a reset. */
export function passwordChangedMail({ name, link }: { name: string; link?: string }): MailText {
  return compose({
    subject: 'Your password was changed',
    name,
    before: [
      'The password of your account was changed.',
      'If that was you, there is nothing to do. If not, please reset your password at once and tell us.',
    ],
    ...(link !== undefined && { button: { label: 'Reset the password', link } }),
  })
}

/** Tells the owner of the old address, which from now on does nothing. */
export function emailChangedMail({ name, link }: { name: string; link?: string }): MailText {
  return compose({
    subject: 'Your email address was changed',
    name,
    before: [
      'Your account has a new email address. Mails about it no longer go to this one.',
      'If that was you, there is nothing to do. If not, please tell us at once.',
    ],
    ...(link !== undefined && { button: { label: 'Get help', link } }),
  })
}

/** Asks somebody to a meeting, or tells what became of it. `when` is as a clock at the meeting shows it. */
export function meetingMail({ what, name, host, title, when, link, changes = [] }: MeetingWords): MailText {
  const meeting = `"${spokenTitle(title)}", ${when}`
  const who = spoken(host, 'Somebody')
  const { subject, sentence } = {
    invited: { subject: 'You are invited to a meeting', sentence: `${who} invites you to a meeting: ${meeting}.` },
    changed: { subject: 'A meeting has changed', sentence: `${who} has changed a meeting. It is now: ${meeting}.` },
    off: { subject: 'A meeting is off', sentence: `This meeting does not take place: ${meeting}.` },
    uninvited: {
      subject: 'You are not invited to a meeting any more',
      sentence: `${who} has taken back the invitation to a meeting: ${meeting}.`,
    },
  }[what]
  const isOn = what === 'invited' || what === 'changed'
  return compose({
    subject,
    name,
    before: [sentence, ...changes],
    ...(isOn && link !== null && { button: { label: 'Join the meeting', link } }),
    after: [
      isOn ? 'The attached file puts it into your calendar.' : 'The attached file takes it out of your calendar.',
    ],
  })
}

interface MeetingWords {
  what: 'invited' | 'changed' | 'off' | 'uninvited'
  name: string
  host: string
  title: string
  when: string
  link: string | null
  /** What became of single times of a series, a sentence for each. */
  changes?: readonly string[]
}

/** Tells somebody that a recording is shared with them. */
export function recordingMail({ name, owner, title, link, hasAccount }: RecordingWords): MailText {
  return compose({
    subject: 'A recording is shared with you',
    name,
    before: [`${spoken(owner, 'Somebody')} shares a recording with you: "${spokenTitle(title, 'Recording')}".`],
    button: { label: 'See the recording', link },
    after: hasAccount ? [] : ['You see it once you have an account with this e-mail address and have confirmed it.'],
  })
}

interface RecordingWords {
  name: string
  owner: string
  title: string
  link: string
  hasAccount: boolean
}

interface Parts {
  subject: string
  name: string
  before: readonly string[]
  button?: { label: string; link: string }
  after?: readonly string[]
}

function compose({ subject, name, before, button, after = [] }: Parts): MailText {
  const greeting = `Hello ${spoken(name)},`
  const text = [greeting, ...before, ...(button ? [`${button.label}:\n${button.link}`] : []), ...after]
  const paragraph = (words: string) => `<p>${escapeHtml(words)}</p>`
  const html = [
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">',
    ...[greeting, ...before].map(paragraph),
    ...(button ? [`<p><a href="${escapeHtml(button.link)}">${escapeHtml(button.label)}</a></p>`] : []),
    ...after.map(paragraph),
    '</body></html>',
  ]
  return { subject, text: `${text.join('\n\n')}\n`, html: `${html.join('\n')}\n` }
}

const longestName = 60

/**
 * Anybody can have a mail sent to anybody, under a name of their choice: it is one short line, and no mail program finds
 * an address in it to make a link of.
 */
function spoken(name: string, instead = 'there'): string {
  const line = name.replace(/[\s\p{C}]+/gu, ' ').trim()
  const isAddress = /[@/\\]|\p{L}\.\p{L}{2}|\d\.\d/u.test(line)
  return isAddress || line === '' || line.length > longestName ? instead : line
}

const longestTitle = 100

/** The same for the title of a meeting, of which less is known: what looks like an address is left out. */
function spokenTitle(title: string, instead = 'Meeting'): string {
  const line = title.replace(/[\s\p{C}]+/gu, ' ').trim()
  const words = line.split(' ').filter((word) => !/[@/\\]|\p{L}\.\p{L}{2}|\d\.\d/u.test(word))
  return words.join(' ').slice(0, longestTitle) || instead
}

function amount(count: number, unit: 'minute' | 'day'): string {
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
