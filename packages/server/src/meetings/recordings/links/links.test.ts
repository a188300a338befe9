import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../../test/server.ts'
import { newId } from '../../../ids.ts'
import { fill } from '../media.fixture.ts'

const { url, anyone, from, signUp, query } = await startTestServer({ publicUrl: 'https://example.org/app/' })
const [ann, eve] = [await signUp(), await signUp()]
const { recordings } = ann.client.meetings

async function place() {
  const { id: recordingId } = await recordings.create({ title: 'Concert' })
  await fill(ann.client, recordingId)
  await recordings.setVisibility({ recordingId, visibility: 'link' })
  return recordingId
}

const open = (link: string, more: { password?: string } = {}) => anyone.meetings.recordings.openLink({ link, ...more })

describe('a link', () => {
  test('has its secret behind the #, and is kept as a hash', async () => {
    const recordingId = await place()
    const { link, url: address } = await recordings.createLink({ recordingId, name: 'For the choir' })
    expect(address).toMatch(/^https:\/\/example\.org\/app\/watch#lnk_[0-9a-z]{26}\.[\w-]{43}$/)
    expect(link).toMatchObject({ name: 'For the choir', hasPassword: false, views: 0, maxViews: null, expiresAt: null })
    const secret = address.split('.').at(-1)!
    expect(JSON.stringify(await query('select l::text as row from recording_links l'))).not.toContain(secret)
    // As a whole, or what is behind the #.
    expect((await open(address)).recordingId).toBe(recordingId)
    expect((await open(address.split('#')[1]!)).title).toBe('Concert')
    const wrong = `${address.slice(0, -43)}${'A'.repeat(43)}`
    expect(await codeOf(open(wrong))).toBe('NOT_FOUND')
    expect(await codeOf(open(address.replace(link.id, newId('recordingLink'))))).toBe('NOT_FOUND')
  })

  test('is made once per key', async () => {
    const recordingId = await place()
    const input = { recordingId, name: 'Once', password: 'only once', idempotencyKey: 'a hard key 2' }
    expect(await recordings.createLink(input)).toEqual(await recordings.createLink(input))
    expect((await recordings.listLinks({ recordingId })).items).toHaveLength(1)
  })

  test('is listed with its views, and stops when it is revoked', async () => {
    const recordingId = await place()
    const [first, second] = [
      await recordings.createLink({ recordingId, name: 'One' }),
      await recordings.createLink({ recordingId, name: 'Two', maxViews: 5 }),
    ]
    const { files } = await open(first.url)
    await recordings.revokeLink({ linkId: first.link.id })
    await recordings.revokeLink({ linkId: first.link.id })
    expect(await codeOf(open(first.url))).toBe('NOT_FOUND')
    expect((await fetch(url + files[0]!.url)).status).toBe(404)
    expect((await open(second.url)).files).toHaveLength(1)
    const { items } = await recordings.listLinks({ recordingId })
    expect(items).toMatchObject([
      { name: 'Two', views: 1, maxViews: 5, revokedAt: null },
      { name: 'One', views: 1, revokedAt: expect.any(Date) },
    ])
    expect(await codeOf(eve.client.meetings.recordings.revokeLink({ linkId: second.link.id }))).toBe('NOT_FOUND')
    const walked = await collect(recordings.listLinks.all({ recordingId, limit: 1 }))
    expect(walked.map(({ name }) => name)).toEqual(['Two', 'One'])
  })

  test('stops at its time, also for who plays by it', async () => {
    const recordingId = await place()
    const { link, url: address } = await recordings.createLink({
      ...{ recordingId, name: 'Short', expiresAt: new Date(Date.now() + 3_600_000) },
    })
    const { files } = await open(address)
    await query(`update recording_links set expires_at = now() - interval '1 second' where id = $1`, [link.id])
    expect(await codeOf(open(address))).toBe('LINK_EXPIRED')
    expect((await fetch(url + files[0]!.url)).status).toBe(404)
  })

  test('opens as often as it may, also when many come at once', async () => {
    const recordingId = await place()
    const { url: address } = await recordings.createLink({ recordingId, name: 'Five', maxViews: 5 })
    const codes = await Promise.all(
      Array.from({ length: 12 }, () =>
        open(address).then(
          () => 'ok',
          (error) => error.code,
        ),
      ),
    )
    expect(codes.filter((code) => code === 'ok')).toHaveLength(5)
    expect(codes.filter((code) => code === 'LINK_USED_UP')).toHaveLength(7)
    expect((await recordings.listLinks({ recordingId })).items[0]?.views).toBe(5)
  })

  test('does not count what was refused', async () => {
    const recordingId = await place()
    const { url: address } = await recordings.createLink({ recordingId, name: 'x', maxViews: 1, password: 'right' })
    expect(await codeOf(open(address))).toBe('PASSWORD_NEEDED')
    expect(await codeOf(open(address, { password: 'wrong' }))).toBe('WRONG_PASSWORD')
    expect((await open(address, { password: 'right' })).files).toHaveLength(1)
    expect(await codeOf(open(address, { password: 'right' }))).toBe('LINK_USED_UP')
  })

  test('makes whoever guesses its password wait, and nobody else', async () => {
    const recordingId = await place()
    const [one, other] = [
      await recordings.createLink({ recordingId, name: 'One', password: 'right one' }),
      await recordings.createLink({ recordingId, name: 'Other', password: 'right one' }),
    ]
    const guess = (address: string, link: string, password: string) =>
      from(address).meetings.recordings.openLink({ link, password })
    const codes: string[] = []
    for (let round = 0; round < 6; round++) codes.push(await codeOf(guess('192.0.2.1', one.url, `guess ${round}`)))
    expect(codes).toEqual([...Array<string>(5).fill('WRONG_PASSWORD'), 'RATE_LIMITED'])
    expect(await codeOf(guess('192.0.2.1', one.url, 'right one'))).toBe('RATE_LIMITED')
    expect((await guess('192.0.2.2', one.url, 'right one')).files).toHaveLength(1)
    expect((await guess('192.0.2.1', other.url, 'right one')).files).toHaveLength(1)
  })

  test('gives no room to guess the password of the recording for who knows that of the link', async () => {
    const recordingId = await place()
    await recordings.setVisibility({ recordingId, visibility: 'link', password: 'of the recording' })
    const { url: link } = await recordings.createLink({ recordingId, name: 'x', password: 'of the link' })
    const { recordings: there } = from('192.0.2.3').meetings
    const guess = (recordingPassword: string) => there.openLink({ link, password: 'of the link', recordingPassword })
    for (let round = 0; round < 6; round++) {
      expect(await codeOf(there.openLink({ link, password: 'of the link' }))).toBe('PASSWORD_NEEDED')
    }
    const codes: string[] = []
    for (let round = 0; round < 6; round++) codes.push(await codeOf(guess(`guess ${round}`)))
    expect(codes).toEqual([...Array<string>(5).fill('WRONG_PASSWORD'), 'RATE_LIMITED'])
    expect(await codeOf(guess('of the recording'))).toBe('RATE_LIMITED')
  })

  test('is one of 200 that work at most', async () => {
    const recordingId = await place()
    const { link } = await recordings.createLink({ recordingId, name: 'First' })
    await query(
      `insert into recording_links (id, recording_id, name, secret_hash, created_by)
        select 'lnk_filler' || n, $1, 'x', 'x', $2 from generate_series(1, 199) n`,
      [recordingId, ann.user.id],
    )
    expect(await codeOf(recordings.createLink({ recordingId, name: 'More' }))).toBe('TOO_MANY_LINKS')
    await recordings.revokeLink({ linkId: link.id })
    expect((await recordings.createLink({ recordingId, name: 'More' })).link.name).toBe('More')
  })
})

test('a recording behind a link tells nothing to who is signed in without the link', async () => {
  const recordingId = await place()
  expect(await codeOf(eve.client.meetings.recordings.playback({ recordingId }))).toBe('NOT_FOUND')
  expect(await codeOf(createClient({ url }).meetings.recordings.get({ recordingId }))).toBe('NOT_SIGNED_IN')
})
