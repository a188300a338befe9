import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { createDb, createPool } from '../db/connect.ts'
import { checkVault, createVault, readSecret } from './vault.ts'

const one = 'one secret that is long enough to be one'
const two = 'two secret that is long enough to be one'

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'antiphon-vault-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

describe('the secret', () => {
  test('is the given one, without blanks around it, and no file is made', async () => {
    const directory = await newDirectory()
    expect(await readSecret({ secret: ` ${one}\n`, directory })).toBe(one)
    expect(await readdir(directory)).toEqual([])
  })

  test.each(['', ' '.repeat(40), 'x'.repeat(31)])('%j is too short', async (secret) => {
    await expect(readSecret({ secret, directory: '/nowhere' })).rejects.toThrow(
      /ANTIPHON_SECRET.*at least 32 characters/,
    )
  })

  test('is made on first use, for this account alone, and stays', async () => {
    const directory = join(await newDirectory(), 'new', 'data')
    const secret = await readSecret({ directory })
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(await readdir(directory)).toEqual(['secret.key'])
    const { mode, uid } = await stat(join(directory, 'secret.key'))
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()])
    expect(await readSecret({ directory })).toBe(secret)
    expect(await readSecret({ secret: await readFile(join(directory, 'secret.key'), 'utf8'), directory })).toBe(secret)
    expect(await readSecret({ directory: await newDirectory() })).not.toBe(secret)
  })

  test.runIf(process.getuid?.() === 0)('of root is in a directory that other accounts can pass through', async () => {
    const parent = await newDirectory()
    const before = process.umask(0o077)
    await readSecret({ directory: join(parent, 'new', 'data') }).finally(() => process.umask(before))
    const modes = [parent, join(parent, 'new'), join(parent, 'new', 'data'), join(parent, 'new', 'data', 'secret.key')]
    const found = await Promise.all(modes.map(async (path) => (await stat(path)).mode & 0o777))
    expect(found).toEqual([0o700, 0o711, 0o711, 0o600])
  })

  test('is the same for all that start at once', async () => {
    for (let round = 0; round < 10; round++) {
      const directory = join(await newDirectory(), 'data')
      const secrets = await Promise.all(Array.from({ length: 20 }, () => readSecret({ directory })))
      expect(new Set(secrets).size).toBe(1)
      expect(await readdir(directory)).toEqual(['secret.key'])
    }
  })

  test.skipIf(process.platform === 'win32')('in a file open to others is refused, with the remedy', async () => {
    const directory = join(await newDirectory(), "it's data")
    const secret = await readSecret({ directory })
    const path = join(directory, 'secret.key')
    for (const mode of [0o640, 0o604, 0o660, 0o644]) {
      await chmod(path, mode)
      await expect(readSecret({ directory })).rejects.toThrow(`run chmod 600 '${path.replace("'", "'\\''")}'`)
    }
    vi.spyOn(process, 'getuid').mockReturnValue(54_321)
    onTestFinished(() => void vi.restoreAllMocks())
    expect(await readSecret({ directory })).toBe(secret)
    vi.restoreAllMocks()
    await chmod(path, 0o400)
    expect(await readSecret({ directory })).toBe(secret)
  })

  test.each([
    ['empty', ''],
    ['cut', 'x'.repeat(42)],
    ['too long', 'x'.repeat(44)],
    ['of zeros', '\0'.repeat(43)],
  ])('in a file that is %s is refused, and the file left alone', async (_, text) => {
    const directory = await newDirectory()
    const path = join(directory, 'secret.key')
    await writeFile(path, text, { mode: 0o600 })
    await expect(readSecret({ directory })).rejects.toThrow(/secret\.key is damaged.*restore it from a backup/)
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  test('that cannot be read or made is told in words', async () => {
    const directory = await newDirectory()
    const dangling = join(directory, 'dangling')
    await symlink(join(directory, 'missing', 'place'), dangling)
    await mkdir(join(directory, 'secret.key'))
    await expect(readSecret({ directory })).rejects.toThrow('is not a file')
    await writeFile(join(directory, 'file'), '')
    await expect(readSecret({ directory: join(directory, 'file') })).rejects.toThrow(/^Cannot read .*ENOTDIR/)
    await expect(readSecret({ directory: dangling })).rejects.toThrow(/^Cannot make .*set ANTIPHON_SECRET/)
  })
})

describe('the vault', () => {
  const vault = createVault(one)

  test.each(['', 'JBSWY3DPEHPK3PXP', 'größer 音楽 🎵', 'x'.repeat(100_000)])('gives back what was sealed', (text) => {
    const sealed = vault.seal('mfa', text)
    expect(createVault(one).open('mfa', sealed)).toBe(text)
    expect(text !== '' && sealed.includes(text)).toBe(false)
    expect(vault.seal('mfa', text).equals(sealed)).toBe(false)
  })

  test('opens nothing of another purpose, of another secret, or that was altered', () => {
    const sealed = vault.seal('mfa:usr_1', 'JBSWY3DPEHPK3PXP')
    expect(() => vault.open('mfa:usr_2', sealed)).toThrow()
    expect(() => vault.open('', sealed)).toThrow()
    expect(() => createVault(two).open('mfa:usr_1', sealed)).toThrow()
    for (let index = 0; index < sealed.length; index++) {
      const altered = Buffer.from(sealed)
      altered[index]! ^= 1
      expect(() => vault.open('mfa:usr_1', altered)).toThrow()
      expect(() => vault.open('mfa:usr_1', sealed.subarray(0, index))).toThrow()
    }
    expect(() => vault.open('mfa:usr_1', Buffer.concat([sealed, Buffer.from([0])]))).toThrow()
  })

  test('derives keys that differ by purpose and secret, and from its fingerprint', () => {
    expect(createVault(one).keyFor('limits')).toEqual(vault.keyFor('limits'))
    expect(createVault(one).fingerprint).toEqual(vault.fingerprint)
    const vaults = [vault, createVault(two)]
    const keys = vaults.flatMap(({ keyFor, fingerprint }) => [keyFor('limits'), keyFor('fingerprint'), fingerprint])
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(6)
    expect(keys.map((key) => key.length)).toEqual(Array(6).fill(32))
  })
})

test('a database is tied to the first secret it is used with', async () => {
  const { url } = await createTestDatabase()
  const db = createDb(createPool({ connectionString: url }, { max: 5 }))
  try {
    const secrets = [one, two, one, two, one, two]
    const outcomes = await Promise.allSettled(secrets.map((secret) => checkVault(db, createVault(secret))))
    const accepted = secrets.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    const [kept, other] = accepted[0] === one ? [one, two] : [two, one]
    expect(accepted).toEqual([kept, kept, kept])
    await checkVault(db, createVault(kept))
    await expect(checkVault(db, createVault(other))).rejects.toThrow(
      /^This database was set up under another ANTIPHON_SECRET/,
    )
    await db.deleteFrom('secret_check').execute()
    await checkVault(db, createVault(other))
    await expect(checkVault(db, createVault(kept))).rejects.toThrow(/delete from secret_check/)
  } finally {
    await db.destroy()
  }
})
