import type { UserAuth } from '../../../access.ts'
import { newToken, parseToken, sameHash } from '../../../auth/tokens.ts'
import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import { newId, type RecordingId, type RecordingLinkId, recordingLinkId } from '../../../ids.ts'
import { networkOf } from '../../../limits/address.ts'
import type { Context } from '../../../trpc.ts'
import { verifyPassword } from '../../../users/passwords.ts'
import { findLink } from '../links/store.ts'
import { playerPath } from './schema.ts'
import { insertView, playableFiles, playableMs } from './store.ts'

type Opening = Pick<Context, 'db' | 'limits' | 'address'>

interface Opened {
  recordingId: RecordingId
  title: string
  mayDownload: boolean
  lock: number
  by: { user: UserAuth } | { linkId: RecordingLinkId }
}

/** Begins a view, and gives the addresses to play it by. NOT_FOUND where the recording was removed meanwhile. */
export async function beginView(tx: Db, { recordingId, title, mayDownload, lock, by }: Opened) {
  const { id: viewId, token, secretHash } = newToken(newId('recordingView'))
  const user = 'user' in by ? by.user : undefined
  const openedAt = await insertView(tx, {
    ...{ id: viewId, recordingId, secretHash, lock, userId: user?.userId ?? null },
    linkId: 'linkId' in by ? by.linkId : null,
    tokenId: user?.deviceId ?? user?.key?.id ?? null,
  })
  if (openedAt === undefined) throw new ApiError('NOT_FOUND')
  const files = (await playableFiles(tx, recordingId)).map((file) => {
    const url = `${playerPath}/${token}/${file.fileId}`
    return { ...file, url, downloadUrl: mayDownload ? `${url}?download` : null }
  })
  return { viewId, recordingId, title, mayDownload, files, expiresAt: new Date(openedAt.getTime() + playableMs) }
}

interface Asked {
  hash: string | null
  given: string | undefined
  field: 'password' | 'recordingPassword'
  of: 'The link' | 'The recording'
}

/**
 * Proves that the passwords were given and are right. Wrong ones are counted for who gives them, never for others; the count
 * ends only where all are right.
 * @throws PASSWORD_NEEDED, WRONG_PASSWORD, RATE_LIMITED
 */
export async function requirePasswords(
  { limits, address }: Opening,
  whom: readonly string[],
  asked: readonly Asked[],
): Promise<void> {
  const needed = asked.filter(({ hash }) => hash !== null)
  if (needed.every(({ given }) => given === undefined)) return requireGiven(needed[0])
  const attempt = await limits.beforeShare(whom)
  const giveBack = async (error: unknown) => {
    await attempt.giveBack()
    throw error
  }
  for (const one of needed) {
    if (one.given === undefined) return giveBack(neededError(one))
    const isRight = await verifyPassword(one.hash, one.given, address).catch(giveBack)
    if (!isRight) {
      throw new ApiError('WRONG_PASSWORD', { field: one.field, message: `${one.of} has another password.` })
    }
  }
  await attempt.succeeded()
}

function requireGiven(first: Asked | undefined): void {
  if (first !== undefined) throw neededError(first)
}

function neededError({ field, of }: Asked): ApiError {
  return new ApiError('PASSWORD_NEEDED', { field, message: `${of} has a password: give it.` })
}

interface GivenLink {
  link: string
  password?: string | undefined
  recordingPassword?: string | undefined
}

/**
 * A link that works, whose passwords were given. Its opening is still to be counted.
 * @throws NOT_FOUND, LINK_EXPIRED, LINK_USED_UP, PASSWORD_NEEDED, WRONG_PASSWORD, RATE_LIMITED
 */
export async function checkLink(at: Opening, { link, password, recordingPassword }: GivenLink) {
  const token = parseToken(link.split('#').at(-1) ?? '')
  const id = recordingLinkId.safeParse(token?.id).data
  const found = id && (await findLink(at.db, id))
  if (id === undefined || found === undefined || !sameHash(found.secretHash, token?.secretHash ?? Buffer.alloc(0))) {
    throw new ApiError('NOT_FOUND')
  }
  const { linkPassword } = found
  if (found.expiresAt !== null && found.expiresAt.getTime() <= Date.now()) throw new ApiError('LINK_EXPIRED')
  if (found.isUsedUp) throw new ApiError('LINK_USED_UP')
  const whom = [id, networkOf(at.address ?? 'here')]
  const own = { hash: linkPassword, given: password, field: 'password', of: 'The link' } as const
  const ofRecording =
    linkPassword === null
      ? ({ given: recordingPassword ?? password, field: 'password' } as const)
      : ({ given: recordingPassword, field: 'recordingPassword' } as const)
  await requirePasswords(at, whom, [own, { hash: found.recordingPassword, of: 'The recording', ...ofRecording }])
  return { id, whom, ...found }
}
