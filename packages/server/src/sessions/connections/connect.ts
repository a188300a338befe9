import type { z } from 'zod'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { type ConnectionId, newId, type UserId } from '../../ids.ts'
import { ask } from '../../providers/ask.ts'
import { type Connectable, connectables } from '../../providers/connectable.ts'
import { ProviderError } from '../../providers/provider.ts'
import { type ConnectedAccounts, maxConnections, type Trial } from './accounts.ts'
import { lackOf, refusalOf } from './refusals.ts'
import type { updateInput } from './schema.ts'
import { openSecrets, sealPasscode, sealSecrets, sealToken } from './sealed.ts'
import { detailsOf } from './shown.ts'
import {
  type Account,
  type ConnectionChange,
  countCalls,
  findAccount,
  insertConnection,
  listAccounts,
  lockAccount,
  lockProvider,
  noteChecked,
  updateConnection,
} from './store.ts'

/** An account that is wanted here, and what it was tried with. */
export interface Candidate {
  readonly kind: Connectable
  readonly name: string
  readonly settings: object
  readonly secrets: object
  readonly defaultPasscode: string | undefined
  readonly trial: Trial
}

/**
 * Tries an account as it is to be.
 * @throws PROVIDER_CREDENTIALS, PROVIDER_SCOPES, PROVIDER_FAILED, UNAVAILABLE, RATE_LIMITED
 */
async function tried(accounts: ConnectedAccounts, kind: Connectable, settings: unknown, secrets: unknown) {
  const trial = await accounts.try(kind, settings, secrets).catch((error: unknown) => {
    throw refusalOf(error)
  })
  const { lacking } = trial.checked
  if (lacking.length > 0) throw new ApiError('PROVIDER_SCOPES', { message: lackOf(lacking) })
  return trial
}

interface Wanted {
  readonly provider: string
  readonly name: string
  readonly settings: object
  readonly secrets: object
  readonly defaultPasscode?: string | undefined
}

/** @throws UNKNOWN_PROVIDER, and as `tried` */
export async function candidateOf(
  accounts: ConnectedAccounts,
  { provider, name, settings, secrets, defaultPasscode }: Wanted,
): Promise<Candidate> {
  const kind = connectables.get(provider)
  if (kind === undefined) throw new ApiError('UNKNOWN_PROVIDER', { field: 'provider' })
  const trial = await tried(accounts, kind, settings, secrets)
  return { kind, name, settings, secrets, defaultPasscode, trial }
}

/**
 * Keeps an account that was tried.
 * @throws ACCOUNT_CONNECTED, TOO_MANY_CONNECTIONS
 */
export async function keep(
  tx: Db,
  vault: Vault,
  { kind, name, settings, secrets, defaultPasscode, trial }: Candidate,
  createdBy: UserId,
): Promise<ConnectionId> {
  await lockProvider(tx, kind.id)
  const known = await listAccounts(tx, maxConnections)
  const isSame = (one: (typeof known)[number]) =>
    one.provider === kind.id && kind.accountOf(one.settings) === kind.accountOf(settings)
  if (known.some(isSame)) throw new ApiError('ACCOUNT_CONNECTED', { field: 'accountId' })
  if (known.length >= maxConnections) throw new ApiError('TOO_MANY_CONNECTIONS')
  const id = newId('connection')
  await insertConnection(tx, {
    ...{ id, provider: kind.id, name, settings, createdBy },
    secrets: sealSecrets(vault, id, secrets),
    defaultPasscode: defaultPasscode === undefined ? null : sealPasscode(vault, id, defaultPasscode),
    token: trial.token === undefined ? null : sealToken(vault, id, trial.token),
    details: detailsOf(trial.checked),
  })
  for (const [category, calls] of trial.calls) await countCalls(tx, id, category, calls)
  return id
}

type Change = Omit<z.infer<typeof updateInput>, 'connectionId'>

/** What is to become of a connection, tried where it opens the account in another way. */
export interface Tried {
  readonly change: ConnectionChange
  readonly trial: Trial | undefined
  /** As it was when that was tried. */
  readonly modifiedAt: Date
}

/** @throws NOT_FOUND, and as `tried` */
export async function tryChange(
  { db, vault, accounts }: { db: Db; vault: Vault; accounts: ConnectedAccounts },
  id: ConnectionId,
  { name, defaultPasscode, ...fields }: Change,
): Promise<Tried> {
  const account = await findAccount(db, id)
  const kind = account && connectables.get(account.provider)
  if (account === undefined || kind === undefined) throw new ApiError('NOT_FOUND')
  const { modifiedAt } = account
  const passcode = defaultPasscode == null ? defaultPasscode : sealPasscode(vault, id, defaultPasscode)
  const change = { name, defaultPasscode: passcode }
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0) return { change, trial: undefined, modifiedAt }
  const secrets = { ...Object(openSecrets(vault, account)), ...given }
  const trial = await tried(accounts, kind, account.settings, secrets)
  const token = trial.token === undefined ? null : sealToken(vault, id, trial.token)
  return { change: { ...change, secrets: sealSecrets(vault, id, secrets), token }, trial, modifiedAt }
}

/** @throws NOT_FOUND; UNAVAILABLE where it was changed meanwhile */
export async function applyChange(tx: Db, id: ConnectionId, { change, trial, modifiedAt }: Tried): Promise<Account> {
  const account = await lockAccount(tx, id)
  if (account === undefined) throw new ApiError('NOT_FOUND')
  if (trial !== undefined && account.modifiedAt.getTime() !== modifiedAt.getTime()) {
    throw new ApiError('UNAVAILABLE', { message: 'It was changed meanwhile; try again.', retryAfterMs: 100 })
  }
  await updateConnection(tx, id, change)
  if (trial === undefined) return account
  await noteChecked(tx, id, { problem: null, details: detailsOf(trial.checked) })
  for (const [category, calls] of trial.calls) await countCalls(tx, id, category, calls)
  return account
}

const patienceMs = 30_000

/**
 * Looks again whether an account can be used, and notes it.
 * @throws NOT_FOUND; UNAVAILABLE, RATE_LIMITED, PROVIDER_FAILED where the provider does not say
 */
export async function checkAgain(
  { db, accounts }: { db: Db; accounts: ConnectedAccounts },
  id: ConnectionId,
): Promise<void> {
  if ((await findAccount(db, id)) === undefined) throw new ApiError('NOT_FOUND')
  const provider = await accounts.find(id)
  if (provider === undefined) return
  try {
    const checked = await ask((options) => provider.check(options), { timeoutMs: patienceMs })
    const problem = checked.lacking.length === 0 ? null : lackOf(checked.lacking)
    await noteChecked(db, id, {
      problem,
      details: { ...detailsOf(checked), ...(problem !== null && { cause: 'check' }) },
    })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    const { kind } = error.problem
    if (kind !== 'unauthorized' && kind !== 'forbidden') throw refusalOf(error)
    const cause = kind === 'unauthorized' ? 'anything' : 'check'
    await noteChecked(db, id, { problem: error.message, details: { cause } })
  }
}
