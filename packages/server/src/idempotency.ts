import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import superjson from 'superjson'
import type { Auth } from './access.ts'
import type { Db } from './db/connect.ts'
import { ApiError } from './errors.ts'

/** How long an answer is kept under its key. */
const keptFor = sql`interval '24 hours'`

export interface KeyedCall<Input> {
  /** The caller; keys of one caller mean nothing for another. */
  auth: Auth
  /** The procedure's path. */
  procedure: string
  input: Input & { idempotencyKey?: string | undefined }
}

/**
 * Does the work of a mutation in a transaction, once per idempotency key: its answer is stored with its effect, and given
 * again to a retry. Without a key it is simply done.
 * @throws IDEMPOTENCY_KEY_REUSED when the key was used for another input
 */
export async function once<Input, Answer>(
  db: Db,
  call: KeyedCall<Input>,
  work: (tx: Db) => Promise<Answer>,
): Promise<Answer> {
  const key = call.input.idempotencyKey
  if (key === undefined) return db.transaction().execute(work)
  const { id, inputTag } = rowOf(call, key)
  return db.transaction().execute(async (tx) => {
    if (await claim(tx, id, inputTag)) {
      const answer = await work(tx)
      const sealed = seal(key, id, superjson.stringify(answer))
      await tx.updateTable('idempotency_keys').set({ answer: sealed }).where('id', '=', id).execute()
      return answer
    }
    const kept = await tx
      .selectFrom('idempotency_keys')
      .select(['input_tag as inputTag', 'answer'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (kept?.answer == null || !kept.inputTag.equals(inputTag)) {
      throw new ApiError('IDEMPOTENCY_KEY_REUSED', { field: 'idempotencyKey' })
    }
    return superjson.parse<Answer>(unseal(key, id, kept.answer))
  })
}

/** Whether a call is a retry of one that is done: what it had to prove before is not asked again. */
export async function wasDone(db: Db, call: KeyedCall<unknown>): Promise<boolean> {
  const key = call.input.idempotencyKey
  if (key === undefined) return false
  const { id, inputTag } = rowOf(call, key)
  const row = await db
    .selectFrom('idempotency_keys')
    .select('id')
    .where('id', '=', id)
    .where('input_tag', '=', inputTag)
    .where('answer', 'is not', null)
    .where('created_at', '>', sql<Date>`now() - ${keptFor}`)
    .executeTakeFirst()
  return row !== undefined
}

function rowOf({ auth, procedure, input: whole }: KeyedCall<unknown>, key: string): { id: Buffer; inputTag: Buffer } {
  const { idempotencyKey: _, ...input } = whole
  // A retry from stored JSON has lost what was undefined.
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  const id = createHash('sha256')
    .update(JSON.stringify([callerOf(auth), procedure, key]))
    .digest()
  return { id, inputTag: createHmac('sha256', key).update(superjson.stringify(given)).digest() }
}

/** Who a key counts for. What a service does in somebody's name is not what they do themselves. */
function callerOf(auth: Auth): string {
  if (auth.kind === 'anyone') return ''
  const key = auth.key === null || auth.key.kind === 'personal' ? '' : ` ${auth.key.id ?? auth.key.name}`
  return `${auth.kind === 'user' ? auth.userId : ''}${key}`
}

/** Takes a key, or tells that it is taken. Of two at once the second waits for the outcome of the first. */
async function claim(tx: Db, id: Buffer, inputTag: Buffer): Promise<boolean> {
  const row = await tx
    .insertInto('idempotency_keys')
    .values({ id, input_tag: inputTag })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ input_tag: inputTag, answer: null, created_at: sql`now()` })
        .where('idempotency_keys.created_at', '<', sql<Date>`now() - ${keptFor}`),
    )
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Removes answers that are past their time. */
export async function removeExpiredKeys(db: Db): Promise<void> {
  await db.deleteFrom('idempotency_keys').where('created_at', '<', sql<Date>`now() - ${keptFor}`).execute()
}

function cipherKey(key: string, id: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, id, 'answer', 32))
}

function seal(key: string, id: Buffer, answer: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', cipherKey(key, id), nonce)
  return Buffer.concat([nonce, cipher.update(answer, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

function unseal(key: string, id: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', cipherKey(key, id), sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8')
}
