import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, link, mkdir, open, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Db } from '../db/connect.ts'

/** Encrypts what has to be read back, and derives keys for other uses, all from the server's one secret. */
export interface Vault {
  /** Encrypts a text. A purpose that names its row (`mfa:usr_...`) keeps one sealed value from standing in for another. */
  seal(purpose: string, text: string): Buffer
  /** The text that was sealed for this purpose. Throws when it was sealed for another, under another secret, or altered. */
  open(purpose: string, sealed: Buffer): string
  /** 32 bytes for a keyed hash. */
  keyFor(purpose: string): Buffer
  /** The same for the same secret, and tells nothing about it. */
  readonly fingerprint: Buffer
}

const leastCharacters = 32
const version = Buffer.from([1])
const nonceBytes = 12
const tagBytes = 16

/**
 * The server's secret: the given one, or that of the file `secret.key` in the directory, made on first use. Any number of
 * processes that start at once get the same one.
 * Throws one line for: a secret that is too short, a file that is damaged or open to other accounts, one that cannot be made.
 */
export async function readSecret(from: { secret?: string | undefined; directory: string }): Promise<string> {
  if (from.secret !== undefined) {
    const secret = from.secret.trim()
    if (secret.length >= leastCharacters) return secret
    throw new Error(
      `ANTIPHON_SECRET is too short, at least ${leastCharacters} characters: \`openssl rand -base64 32\` makes one.`,
    )
  }
  const directory = resolve(from.directory)
  const path = join(directory, 'secret.key')
  const known = await readSecretFile(path)
  if (known !== undefined) return known
  await makeSecretFile(directory, path)
  const made = await readSecretFile(path)
  if (made === undefined) throw new Error(`Cannot read ${path}, though it was just made: set ANTIPHON_SECRET.`)
  return made
}

async function readSecretFile(path: string): Promise<string | undefined> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new Error(`Cannot read ${path}: ${cause.message}`, { cause })
  })
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new Error(`${path} is not a file: move it away, or set ANTIPHON_SECRET.`)
    assertPrivate(path, stats)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
    const [, secret] = /^([\w-]{43})\s*$/.exec(buffer.toString('latin1', 0, bytesRead)) ?? []
    if (secret !== undefined) return secret
  } finally {
    await file.close()
  }
  throw new Error(
    `${path} is damaged, it does not hold the 43 characters that were written there: restore it from a backup. ` +
      'Where nothing was encrypted yet, remove it, and a new one is made.',
  )
}

function assertPrivate(path: string, { mode, uid }: Stats): void {
  const self = process.getuid?.()
  // The mode of a file of another account, such as one mounted into a container, is not ours to change.
  const isOurs = self !== undefined && (self === uid || self === 0)
  if (!isOurs || (mode & 0o077) === 0) return
  const quoted = `'${path.replaceAll("'", "'\\''")}'`
  throw new Error(`${path} is open to other accounts: run chmod 600 ${quoted}, or set ANTIPHON_SECRET.`)
}

async function makeSecretFile(directory: string, path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const secret = randomBytes(32).toString('base64url')
  try {
    await makeDirectory(directory)
    await writeFile(draft, `${secret}\n`, { flag: 'wx', mode: 0o600, flush: true })
    // Of several at once the first link stands; nobody sees a file without its text.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Cannot make ${path} (${reason}): set ANTIPHON_SECRET, or name another DATA_DIR.`, { cause })
  } finally {
    await rm(draft, { force: true }).catch(() => {})
  }
  await syncDirectory(directory)
}

/** Made by root, the directory lets the account of the bundled Postgres pass through, whatever the umask. */
async function makeDirectory(directory: string): Promise<void> {
  const isRoot = process.getuid?.() === 0
  const first = await mkdir(directory, { recursive: true, mode: isRoot ? 0o711 : 0o700 })
  if (first === undefined || !isRoot) return
  const top = await realpath(first)
  for (let path = await realpath(directory); path.length >= top.length; path = dirname(path)) await chmod(path, 0o711)
}

async function syncDirectory(directory: string): Promise<void> {
  // Not every system can; Windows cannot.
  const handle = await open(directory).catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

/** The vault of a secret. */
export function createVault(secret: string): Vault {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `antiphon ${use}`, 32))
  const options = { authTagLength: tagBytes }
  return {
    seal(purpose, text) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', derive(`seal ${purpose}`), nonce, options).setAAD(version)
      return Buffer.concat([version, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    open(purpose, sealed) {
      const body = version.length + nonceBytes
      if (sealed.length < body + tagBytes || sealed[0] !== version[0]) throw new Error('This is nothing sealed.')
      const nonce = sealed.subarray(version.length, body)
      const decipher = createDecipheriv('aes-256-gcm', derive(`seal ${purpose}`), nonce, options).setAAD(version)
      decipher.setAuthTag(sealed.subarray(-tagBytes))
      return Buffer.concat([decipher.update(sealed.subarray(body, -tagBytes)), decipher.final()]).toString('utf8')
    },
    keyFor: (purpose) => derive(`key ${purpose}`),
    fingerprint: derive('fingerprint'),
  }
}

/**
 * Makes sure that this is the vault the database was encrypted with; the first one is remembered.
 * Throws a message for people when it is another.
 */
export async function checkVault(db: Db, { fingerprint }: Vault): Promise<void> {
  const kept = (await readFingerprint(db)) ?? (await keepFingerprint(db, fingerprint))
  if (kept.equals(fingerprint)) return
  throw new Error(
    'This database was set up under another ANTIPHON_SECRET, or another secret.key: start with that one again. All ' +
      'servers of one database share one secret. If it is lost, `delete from secret_check` in the database accepts the ' +
      'new one; what was encrypted under the old one, such as two-factor secrets, stays unreadable and is set up anew.',
  )
}

async function readFingerprint(db: Db): Promise<Buffer | undefined> {
  return (await db.selectFrom('secret_check').select('fingerprint').executeTakeFirst())?.fingerprint
}

async function keepFingerprint(db: Db, fingerprint: Buffer): Promise<Buffer> {
  await db
    .insertInto('secret_check')
    .values({ fingerprint })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await readFingerprint(db)) ?? fingerprint
}
