import { sql } from 'kysely'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import type { Providers } from '../../providers/registry.ts'
import { applyEvents } from '../model/apply.ts'

export interface InboxOptions {
  db: Db
  log: Logger
  vault: Vault
  providers: Providers
  /** Tells all instances that something happened. */
  ring: () => void
}

export interface Inbox {
  /** Something came. */
  wake(): void
  close(): Promise<void>
}

/** What another instance left behind when it was killed is found by looking. */
const lookEveryMs = 5_000
const maxTries = 12
const longestProblem = 400

const keptHeaders = z.record(z.string(), z.string())

interface Row {
  id: bigint
  source: string
  headers: unknown
  body: Buffer
  receivedAt: Date
  tries: number
}

/** Folds what providers told into what is known of sessions, each once, over all instances. */
export function createInbox({ db, log, vault, providers, ring }: InboxOptions): Inbox {
  let running: Promise<void> | undefined
  let isWoken = false
  let isClosed = false

  const foldNext = () =>
    db.transaction().execute(async (tx) => {
      const row = await takeNext(tx, providers.able('webhooks'))
      if (row === undefined) return false
      try {
        await sql`savepoint folding`.execute(tx)
        await fold(tx, row)
        await settle(tx, row.id)
      } catch (error) {
        await sql`rollback to savepoint folding`.execute(tx)
        await putOff(tx, row, error instanceof Error ? error.message : String(error))
        if (row.tries === 0)
          log.warn({ source: row.source, inbox: String(row.id), err: error }, 'an event is not folded yet')
        if (row.tries + 1 >= maxTries) log.error({ source: row.source, inbox: String(row.id) }, 'an event is given up')
      }
      return true
    })

  const fold = async (tx: Db, { source, headers, body, receivedAt }: Row) => {
    const provider = await providers.ofSource(source)
    // Its account was removed meanwhile: nobody wants to hear of it any more.
    if (provider?.parseWebhook === undefined) return
    const events = provider.parseWebhook({ headers: keptHeaders.parse(headers), body })
    await applyEvents(tx, { source, provider: provider.id, vault, by: 'webhook', receivedAt }, events)
  }

  const run = async () => {
    try {
      do {
        isWoken = false
        while (!isClosed && (await foldNext())) ring()
      } while (isWoken && !isClosed)
    } catch (error) {
      log.debug({ reason: error instanceof Error ? error.message : String(error) }, 'the inbox is looked at later')
    }
    running = undefined
  }
  const wake = () => {
    isWoken = true
    if (!isClosed) running ??= run()
  }
  const timer = setInterval(wake, lookEveryMs).unref()
  return {
    wake,
    async close() {
      isClosed = true
      clearInterval(timer)
      await running
    },
  }
}

/**
 * The oldest that nobody is at, of accounts and of these providers; held until the end of the transaction. Those of others are left
 * to the instances that have them.
 */
async function takeNext(tx: Db, names: readonly string[]): Promise<Row | undefined> {
  return tx
    .selectFrom('provider_inbox')
    .select(['id', 'source', 'headers', 'body', 'received_at as receivedAt', 'tries'])
    .where('folded_at', 'is', null)
    .where((eb) => eb.or([eb('source', 'like', 'con\\_%'), eb('source', '=', eb.fn.any(eb.val([...names])))]))
    .where((eb) => eb.or([eb('retry_at', 'is', null), eb('retry_at', '<', sql<Date>`now()`)]))
    .orderBy('id')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

/** Its text is not kept: it has names of guests, and tokens of files. */
async function settle(tx: Db, id: bigint): Promise<void> {
  await tx
    .updateTable('provider_inbox')
    .set({ folded_at: sql`now()`, problem: null, body: Buffer.alloc(0) })
    .where('id', '=', id)
    .execute()
}

/** Tries it again later, less and less often, and not for ever. */
async function putOff(tx: Db, { id, tries }: Row, problem: string): Promise<void> {
  await tx
    .updateTable('provider_inbox')
    .set({
      tries: tries + 1,
      retry_at: sql`now() + ${2 ** Math.min(tries, 10)} * interval '1 second'`,
      problem: problem.slice(0, longestProblem).replaceAll('\0', '').toWellFormed(),
      ...(tries + 1 >= maxTries && { folded_at: sql`now()` }),
    })
    .where('id', '=', id)
    .execute()
}

/** For a week it is known which events came already, and what could not be folded. */
export async function sweepInbox(db: Db): Promise<void> {
  await db
    .deleteFrom('provider_inbox')
    .where('folded_at', 'is not', null)
    .where('received_at', '<', sql<Date>`now() - interval '7 days'`)
    .execute()
}
