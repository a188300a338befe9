import { createClient, type LabelId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { url, anyone, signUp, signUpAdmin } = server
const keeper = await accountant(server)
const { labels } = keeper.client.royalties
const make = catalogueOf(keeper.client)
const missing: LabelId = newId('label')

describe('create', () => {
  test('makes a label, once per key', async () => {
    const input = { name: 'Deutsche Grammophon', idempotencyKey: 'the very same' }
    const made = await labels.create(input)
    expect(made).toEqual({
      ...{ id: made.id, kind: 'label', name: 'Deutsche Grammophon', members: [] },
      ...{ createdAt: expect.any(Date), modifiedAt: expect.any(Date) },
    })
    expect(await labels.create(input)).toEqual(made)
    expect((await labels.create({ name: 'Clara Haskil', kind: 'holder' })).kind).toBe('holder')
  })

  test('has each name once, whatever its case, width and blanks', async () => {
    await labels.create({ name: 'Ｎaxos  Records' })
    expect(await codeOf(labels.create({ name: 'naxos records' }))).toBe('LABEL_NAME_TAKEN')
  })

  test.each([[''], ['   '], ['two\nlines'], ['x'.repeat(201)]])('refuses the name %j', async (name) => {
    expect(await codeOf(labels.create({ name }))).toBe('INVALID_INPUT')
  })

  test('is for who keeps the accounts', async () => {
    const admin = await signUpAdmin()
    for (const client of [admin.client, (await signUp()).client])
      expect(await codeOf(client.royalties.labels.create({ name: 'X' }))).toBe('NOT_ALLOWED')
    expect(await codeOf(anyone.royalties.labels.create({ name: 'X' }))).toBe('NOT_SIGNED_IN')
  })

  test('a service keeps accounts with the scope to do so', async () => {
    const admin = await signUpAdmin()
    const key = (scopes: ('royalties:read' | 'royalties:write')[]) =>
      admin.client.users.apiKeys.create({ name: 'Books', kind: 'service', scopes })
    const reader = createClient({ url, token: (await key(['royalties:read'])).secret })
    const writer = createClient({ url, token: (await key(['royalties:write', 'royalties:read'])).secret })
    const { id } = await writer.royalties.labels.create({ name: 'Made by a service' })
    expect(await reader.royalties.labels.get({ labelId: id })).toMatchObject({ name: 'Made by a service', members: [] })
    expect(await codeOf(reader.royalties.labels.create({ name: 'Another' }))).toBe('NOT_ALLOWED')
  })
})

describe('members', () => {
  test('see their own label, and nobody in it; others see none', async () => {
    const [own, other] = [await make.label('Own'), await make.label('Other')]
    const [member, stranger] = [await signUp(), await signUp()]
    const added = await labels.addMember({ labelId: own.id, userId: member.user.id })
    expect(added.members).toEqual([
      { userId: member.user.id, userName: member.user.userName, addedAt: expect.any(Date) },
    ])
    expect(await labels.get({ labelId: own.id })).toEqual(added)
    const { members: _, ...shown } = added
    expect(await member.client.royalties.labels.get({ labelId: own.id })).toEqual(shown)
    expect((await member.client.royalties.labels.list()).items).toEqual([shown])
    expect((await stranger.client.royalties.labels.list()).items).toEqual([])
    for (const labelId of [other.id, missing])
      expect(await codeOf(member.client.royalties.labels.get({ labelId }))).toBe('NOT_FOUND')
    expect(await codeOf(stranger.client.royalties.labels.get({ labelId: own.id }))).toBe('NOT_FOUND')
    expect(await codeOf(anyone.royalties.labels.get({ labelId: own.id }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(anyone.royalties.labels.list())).toBe('NOT_SIGNED_IN')

    expect((await labels.removeMember({ labelId: own.id, userId: member.user.id })).members).toEqual([])
    expect(await codeOf(member.client.royalties.labels.get({ labelId: own.id }))).toBe('NOT_FOUND')
    expect(await codeOf(labels.removeMember({ labelId: own.id, userId: member.user.id }))).toBe('NOT_FOUND')
  })

  test('are added once, and are users that there are', async () => {
    const { id: labelId } = await make.label()
    const { user, client } = await signUp()
    await labels.addMember({ labelId, userId: user.id })
    expect((await labels.addMember({ labelId, userId: user.id })).members).toHaveLength(1)
    expect(await codeOf(labels.addMember({ labelId, userId: newId('user') }))).toBe('NOT_FOUND')
    expect(await codeOf(labels.addMember({ labelId: missing, userId: user.id }))).toBe('NOT_FOUND')
    expect(await codeOf(labels.removeMember({ labelId: missing, userId: user.id }))).toBe('NOT_FOUND')
    expect(await codeOf(client.royalties.labels.addMember({ labelId, userId: user.id }))).toBe('NOT_ALLOWED')
    expect(await codeOf(client.royalties.labels.removeMember({ labelId, userId: user.id }))).toBe('NOT_ALLOWED')
  })

  test('are 200 at most', async () => {
    const { id: labelId } = await make.label()
    await server.query(
      `insert into users (id, user_name, user_name_key) select 'usr_many' || n, 'm' || n, 'm' || n from generate_series(1, 200) n`,
    )
    await server.query(
      `insert into label_members (label_id, user_id) select $1, 'usr_many' || n from generate_series(1, 200) n`,
      [labelId],
    )
    const { user } = await signUp()
    expect(await codeOf(labels.addMember({ labelId, userId: user.id }))).toBe('TOO_MANY_MEMBERS')
    await server.query(`delete from label_members where label_id = $1`, [labelId])
    await server.query(`delete from users where id like 'usr_many%'`)
  })
})

describe('update', () => {
  test('changes what is given', async () => {
    const made = await make.label('Old name')
    const changed = await labels.update({ labelId: made.id, name: 'New name' })
    expect(changed).toEqual({ ...made, name: 'New name', modifiedAt: expect.any(Date) })
    expect((await labels.update({ labelId: made.id, kind: 'holder' })).name).toBe('New name')
    expect((await labels.update({ labelId: made.id, name: 'NEW NAME' })).name).toBe('NEW NAME')
  })

  test('refuses names that are taken, labels that are not there, and people who may not', async () => {
    const [one, other] = [await make.label(), await make.label()]
    expect(await codeOf(labels.update({ labelId: one.id, name: other.name }))).toBe('LABEL_NAME_TAKEN')
    expect(await codeOf(labels.update({ labelId: one.id, name: '' }))).toBe('INVALID_INPUT')
    expect(await codeOf(labels.update({ labelId: missing, name: 'X' }))).toBe('NOT_FOUND')
    const { client, user } = await signUp()
    await labels.addMember({ labelId: one.id, userId: user.id })
    expect(await codeOf(client.royalties.labels.update({ labelId: one.id, name: 'X' }))).toBe('NOT_ALLOWED')
    expect(await codeOf(anyone.royalties.labels.update({ labelId: one.id, name: 'X' }))).toBe('NOT_SIGNED_IN')
  })
})

test('list pages through all labels by name', async () => {
  const all = await collect(labels.list.all())
  const paged = await collect(labels.list.all({ limit: 2 }))
  expect(paged).toEqual(all)
  const names = all.map(({ name }) => name.normalize('NFKC').toLowerCase())
  expect(names).toEqual([...names].sort())
  expect(await codeOf(labels.list({ cursor: 'nonsense' }))).toBe('BAD_CURSOR')
  expect(await codeOf(labels.list({ cursor: encodeCursor(['a\0b']) }))).toBe('BAD_CURSOR')
})

describe('remove', () => {
  test('removes a label that nothing speaks of, with its members', async () => {
    const { id: labelId } = await make.label('Short-lived')
    const { user } = await signUp()
    await labels.addMember({ labelId, userId: user.id })
    await labels.remove({ labelId })
    expect(await codeOf(labels.get({ labelId }))).toBe('NOT_FOUND')
    expect(await codeOf(labels.remove({ labelId }))).toBe('NOT_FOUND')
    await make.label('Short-lived')
  })

  test('keeps one with rights, and one that was paid', async () => {
    const [withRights, paid] = [await make.label(), await make.label()]
    await make.track({ labelId: withRights.id })
    await server.query(
      `insert into ledger_accounts (id, kind, label_id, currency) values ('acc_1', 'payable', $1, 'EUR')`,
      [paid.id],
    )
    for (const [label, words] of [
      [withRights, /rights/],
      [paid, /accounts/],
    ] as const) {
      const refused = await labels.remove.safe({ labelId: label.id })
      expect(refused).toMatchObject({ ok: false, error: { code: 'IN_USE', message: expect.stringMatching(words) } })
    }
    const { client } = await signUp()
    expect(await codeOf(client.royalties.labels.remove({ labelId: paid.id }))).toBe('NOT_ALLOWED')
    expect(await codeOf(anyone.royalties.labels.remove({ labelId: paid.id }))).toBe('NOT_SIGNED_IN')
  })
})
