import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { UploadId } from '@antiphon/client'
import pino from 'pino'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { temporaryDirectory } from '../../test/temporary.ts'
import { createDb, createPool } from '../db/connect.ts'
import { newId } from '../ids.ts'
import { createDiskStorage } from '../storage/disk.ts'
import { png, uploadOf } from './files.fixture.ts'
import { removeIfUnused, sweepUploads } from './remove.ts'
import { fileStoreName } from './uses/store.ts'

const filesDirectory = await temporaryDirectory()
const { url, databaseUrl, signUp, query } = await startTestServer({ filesDirectory })
const { client, token } = await signUp()
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 4 }))
afterAll(() => db.destroy())
const root = join(filesDirectory, await fileStoreName(db))
const storage = createDiskStorage(root)
const logged: string[] = []
const log = pino({ level: 'error' }, { write: (line) => void logged.push(line) })
const sweep = () => sweepUploads(db, storage, log)

const { id: roomId } = await client.messages.rooms.create({ name: 'Room' })

async function begun(body = '') {
  const { id, uploadUrl } = await client.uploads.begin({ name: 'x', type: 'text/plain', sizeBytes: 5 })
  if (body !== '') await fetch(url + uploadUrl, { method: 'PUT', body, headers: { authorization: `Bearer ${token}` } })
  return id
}

async function used(): Promise<UploadId> {
  const { id } = await uploadOf(client)
  await client.messages.send({ roomId, attachments: [{ uploadId: id }] })
  return id
}

const age = (id: UploadId, hours: number) =>
  query(`update uploads set due_at = due_at - $2 * interval '1 hour' where id = $1`, [id, hours])

/** What there is of files, in the database and in the storage. */
async function state() {
  const rows = await query<{ id: UploadId }>('select id from uploads order by id')
  const keys = []
  for await (const key of storage.keys()) keys.push(key)
  return { rows: rows.map(({ id }) => id), keys }
}

beforeEach(async () => {
  await query('delete from messages')
  await query('delete from uploads')
  await rm(root, { recursive: true, force: true })
  logged.length = 0
})

describe('what is past its time', () => {
  test('goes after 24 hours: begun, half done, all there, complete and unused', async () => {
    const ids = [await begun(), await begun('123'), await begun('12345'), (await uploadOf(client)).id]
    const shown = await used()
    for (const id of [...ids, shown]) await age(id, 23)
    await sweep()
    expect((await state()).rows).toEqual([...ids, shown].sort())
    for (const id of [...ids, shown]) await age(id, 1)
    await sweep()
    expect(await state()).toEqual({ rows: [shown], keys: [shown] })
  })

  test('begins anew with every part that comes', async () => {
    const id = await begun('123')
    await age(id, 23)
    await fetch(`${url}/uploads/${id}`, { method: 'PUT', body: '12345', headers: { authorization: `Bearer ${token}` } })
    await age(id, 2)
    await sweep()
    expect(await client.uploads.complete({ uploadId: id })).toMatchObject({ receivedBytes: 5 })
  })

  test('is not taken from under somebody who begins to use it', async () => {
    const { id } = await uploadOf(client)
    for (let round = 0; round < 10; round++) {
      await query("update uploads set due_at = now() + $2 * interval '1 ms' where id = $1", [id, 10 + round])
      const [sent] = await Promise.all([
        client.messages.send.safe({ roomId, attachments: [{ uploadId: id }] }),
        ...Array.from({ length: 20 }, () => removeIfUnused(db, storage, id)),
      ])
      const isThere = (await storage.size(id)) !== undefined
      expect([sent.ok, isThere]).toEqual([sent.ok, sent.ok || isThere])
      if (!sent.ok) break
      await query('delete from messages')
    }
  })

  test('is kept where something uses it after all', async () => {
    const id = await used()
    await query('update uploads set due_at = now() where id = $1', [id])
    expect((await client.uploads.download(id)).status).toBe(200)
    await sweep()
    expect(await query('select id from uploads where due_at is null')).toEqual([{ id }])
  })
})

describe('after one sweep storage and database agree, where work ended', () => {
  const half: Record<string, () => Promise<UploadId | undefined>> = {
    'after the row was made': async () => void (await age(await begun(), 24)),
    'while bytes came, before they were noted': async () => {
      const id = await begun('123')
      await query('update uploads set received_bytes = 0 where id = $1', [id])
      await age(id, 24)
      return undefined
    },
    'while somebody wrote, whose process is gone': async () => {
      const id = await begun('123')
      await query(`update uploads set writer = 'x', writing_until = now() - interval '1 second' where id = $1`, [id])
      await age(id, 24)
      return undefined
    },
    'before it was complete': async () => void (await age(await begun('12345'), 24)),
    'after it was complete, before it was sent': async () => void (await age((await uploadOf(client)).id, 24)),
    'after it was sent': () => used(),
    'after its message was deleted, before the removal': async () => {
      const id = await used()
      await query('delete from message_uploads')
      await query('update uploads set due_at = now()')
      return void id
    },
    'after its bytes were removed, before the row': async () => {
      const { id } = await uploadOf(client)
      await age(id, 24)
      await storage.remove(id)
      return undefined
    },
    'with bytes that no row knows': async () => {
      await uploadOf(client).then(({ id }) => query('delete from uploads where id = $1', [id]))
      return undefined
    },
    'with a row whose bytes are gone': async () => {
      const { id } = await uploadOf(client)
      await storage.remove(id)
      return undefined
    },
  }

  test.each(Object.entries(half))('%s', async (_step, work) => {
    const rest = await work()
    await sweep()
    // What is found to be lost is removed the next time.
    await sweep()
    expect(await state()).toEqual(rest === undefined ? { rows: [], keys: [] } : { rows: [rest], keys: [rest] })
    await sweep()
    expect(logged).toEqual([])
  })
})

test('a file that messages show and whose bytes are lost is told of, and not forgotten', async () => {
  const id = await used()
  await storage.remove(id)
  await sweep()
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([
    { uploadId: id, msg: expect.stringContaining('missing') },
  ])
  expect((await state()).rows).toEqual([id])
})

test('many are gone through, and what is none of ours stays', async () => {
  await query(
    `insert into uploads (id, owner_id, name, type, size_bytes, due_at)
     select 'upl_0' || lpad(n::text, 25, '0'), (select id from users limit 1), 'x', 'x/y', 1, now()
     from generate_series(1, 1200) n`,
  )
  const strange = [
    join(root, 'notes.txt'),
    join(root, 'upl_00000', 'notes.txt'),
    join(filesDirectory, 'of another database'),
  ]
  for (const path of strange) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'x')
  }
  const stray = newId('upload')
  for await (const _ of storage.append(stray, { offset: 0, size: 1, body: bytes('x') })) {
  }
  await sweep()
  expect(await state()).toEqual({ rows: [], keys: [] })
  const names = await readdir(filesDirectory, { recursive: true })
  expect(names.filter((name) => name.endsWith('notes.txt'))).toHaveLength(2)
  await rm(join(filesDirectory, 'of another database'))
})

async function* bytes(text: string) {
  yield Buffer.from(text)
}

test('one that cannot be removed keeps no other waiting, and stays', async ({ skip }) => {
  skip(process.getuid?.() === 0, 'the account is root, whom no folder keeps out')
  const [one, two] = [await begun('123'), (await uploadOf(client, png())).id]
  for (const id of [one, two]) await age(id, 24)
  const folder = join(root, one.slice(0, 9))
  await chmod(folder, 0o500)
  await expect(sweep()).rejects.toThrow('could not be removed')
  await chmod(folder, 0o700)
  await sweep()
  expect(await state()).toEqual({ rows: [], keys: [] })
})

test('a key that is no id leads nowhere', async () => {
  for (const key of ['../../etc/passwd', '', 'upl_', 'upl_../../../../../../etc/passwd', `upl_${'a'.repeat(25)}/`]) {
    for (const work of [() => storage.size(key), () => storage.read(key), () => storage.remove(key)])
      await expect((async () => work())()).rejects.toThrow('is an id')
  }
})
