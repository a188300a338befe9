import { z } from 'zod'
import { newToken } from '../../auth/tokens.ts'
import type { Db } from '../../db/connect.ts'
import { newId, userId } from '../../ids.ts'
import type { Tasks } from '../../jobs/worker.ts'
import { isPermanent, type Mail, type Mailer } from '../../mail/mailer.ts'
import {
  emailChangedMail,
  invitationMail,
  passwordChangedMail,
  passwordResetMail,
  verificationMail,
} from '../../mail/texts.ts'
import { lockUser } from '../locks.ts'
import { normalise } from '../names.ts'
import { findUser, type UserRecord } from '../store.ts'
import { type MailPurpose, replaceMailToken } from './store.ts'

interface Dependencies {
  readonly db: Db
  readonly mailer: Mailer
  /** Where people find the web app; links in mails lead there. */
  readonly publicUrl: () => string
}

const payload = z.object({ userId: userId.nullable() })
const changedPayload = payload.extend({ to: z.string() })

type Text = Pick<Mail, 'subject' | 'text' | 'html'>
type Recipient = UserRecord & { email: string }

interface Link {
  readonly purpose: MailPurpose
  /** Of the web app. */
  readonly page: string
  readonly minutes: number
  readonly text: (about: { name: string; link: string }) => Text
}

const [minutes, days] = [30, 7]
const verification: Link = {
  ...{ purpose: 'verification', page: 'verify', minutes },
  text: (about) => verificationMail({ ...about, minutes }),
}
const reset: Link = {
  ...{ purpose: 'reset', page: 'reset', minutes },
  text: (about) => passwordResetMail({ ...about, minutes }),
}
const invitation: Link = {
  ...{ purpose: 'invitation', page: 'invitation', minutes: days * 24 * 60 },
  text: (about) => invitationMail({ ...about, days }),
}

/** The mails of accounts, as background tasks. Secrets are made when a mail is sent: none waits in the queue. */
export function mailTasks({ db, mailer, publicUrl }: Dependencies): Tasks {
  const withUser = async (given: unknown, work: (user: Recipient) => Promise<void>) => {
    const { userId } = payload.parse(given)
    const user = userId === null ? undefined : await findUser(db, { userId })
    if (user?.email !== undefined) await work({ ...user, email: user.email })
  }
  const send = (to: string, text: Text) => sendOrDrop(mailer, { to, ...text })
  const sendLink = async (user: Recipient, { purpose, page, minutes, text }: Link) => {
    const { id, token, secretHash } = newToken(newId('mailToken'))
    const expiresAt = new Date(Date.now() + minutes * 60_000)
    const kept = { id, userId: user.id, purpose, emailKey: normalise(user.email), secretHash, expiresAt }
    const isKept = await db.transaction().execute(async (tx) => {
      // Of two at once the later one counts; for somebody who was just removed there is none.
      if (!(await lockUser(tx, user.id))) return false
      await replaceMailToken(tx, kept)
      return true
    })
    if (!isKept) return
    await send(user.email, text({ name: nameOf(user), link: `${publicUrl().replace(/\/+$/, '')}/#/${page}/${token}` }))
  }
  return {
    'users.mailVerification': (given) =>
      withUser(given, async (user) => {
        if (user.emailVerified !== true) await sendLink(user, verification)
      }),
    'users.mailPasswordReset': (given) => withUser(given, (user) => sendLink(user, reset)),
    'users.mailInvitation': (given) => withUser(given, (user) => sendLink(user, invitation)),
    'users.mailPasswordChanged': (given) =>
      withUser(given, async (user) => {
        // Not to whom it may not belong: anybody can have any address in an account.
        if (user.emailVerified === true) await send(user.email, passwordChangedMail({ name: nameOf(user) }))
      }),
    'users.mailAddressChanged': (given) =>
      withUser(given, (user) => send(changedPayload.parse(given).to, emailChangedMail({ name: nameOf(user) }))),
  }
}

/** What an address refuses for good is not tried again. */
async function sendOrDrop(mailer: Mailer, mail: Mail): Promise<void> {
  try {
    await mailer.send(mail)
  } catch (error) {
    if (!isPermanent(error)) throw error
  }
}

/** Strangers are not told what somebody wrote as a name. */
function nameOf({ firstName, userName, emailVerified }: UserRecord): string {
  if (emailVerified !== true) return 'there'
  return firstName === '' ? userName : firstName
}
