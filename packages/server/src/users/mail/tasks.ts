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
import { normalise } from '../names.ts'
import { findUser, type UserRecord } from '../store.ts'
import { type MailPurpose, replaceMailToken } from './store.ts'

interface Dependencies {
  readonly db: Db
  readonly mailer: Mailer
  /** Where people find the web app; links in mails lead there. */
  readonly publicUrl: string
}

const linkMinutes = 30
const invitationDays = 7

const payload = z.object({ userId: userId.nullable() })
const changedPayload = payload.extend({ to: z.string() })

type Text = Pick<Mail, 'subject' | 'text' | 'html'>

/** The mails of accounts, as background tasks. Secrets are made when a mail is sent: none waits in the queue. */
export function mailTasks({ db, mailer, publicUrl }: Dependencies): Tasks {
  const withUser = async (given: unknown, work: (user: UserRecord & { email: string }) => Promise<void>) => {
    const { userId } = payload.parse(given)
    const user = userId === null ? undefined : await findUser(db, { userId })
    if (user?.email !== undefined) await work({ ...user, email: user.email })
  }
  const send = (to: string, text: Text) => sendOrDrop(mailer, { to, ...text })
  const link = async (user: UserRecord & { email: string }, purpose: MailPurpose, page: string, minutes: number) => {
    const { id, token, secretHash } = newToken(newId('mailToken'))
    const expiresAt = new Date(Date.now() + minutes * 60_000)
    const emailKey = normalise(user.email)
    await db
      .transaction()
      .execute((tx) => replaceMailToken(tx, { id, userId: user.id, purpose, emailKey, secretHash, expiresAt }))
    return `${publicUrl.replace(/\/+$/, '')}/#/${page}/${token}`
  }
  return {
    'users.mailVerification': (given) =>
      withUser(given, async (user) => {
        if (user.emailVerified === true) return
        const address = await link(user, 'verification', 'verify', linkMinutes)
        await send(user.email, verificationMail({ name: nameOf(user), link: address, minutes: linkMinutes }))
      }),
    'users.mailPasswordReset': (given) =>
      withUser(given, async (user) => {
        const address = await link(user, 'reset', 'reset', linkMinutes)
        await send(user.email, passwordResetMail({ name: nameOf(user), link: address, minutes: linkMinutes }))
      }),
    'users.mailInvitation': (given) =>
      withUser(given, async (user) => {
        const address = await link(user, 'invitation', 'invitation', invitationDays * 24 * 60)
        await send(user.email, invitationMail({ name: nameOf(user), link: address, days: invitationDays }))
      }),
    'users.mailPasswordChanged': (given) =>
      withUser(given, (user) => send(user.email, passwordChangedMail({ name: nameOf(user) }))),
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

function nameOf({ firstName, userName }: UserRecord): string {
  return firstName === '' ? userName : firstName
}
