import { expect, test } from 'vitest'
import { collect, startTestServer } from '../../../../test/server.ts'
import { fill, wav } from '../media.fixture.ts'
import { wholeParts } from '../playing/parts.ts'

const { url, anyone, signUp } = await startTestServer()
const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
const { recordings } = ann.client.meetings

test('who watched, when, and how much of it, each time and in total', async () => {
  const { id: recordingId } = await recordings.create({ title: 'Concert' })
  await fill(ann.client, recordingId, wav(10_000))
  await recordings.share({
    recordingId,
    viewers: [{ userId: bob.user.id }, { userId: cleo.user.id }],
    mayDownload: true,
  })
  await recordings.setVisibility({ recordingId, visibility: 'link' })
  const { url: address, link } = await recordings.createLink({ recordingId, name: 'For the choir' })

  const read = async (file: string, range?: string) =>
    (await fetch(url + file, range === undefined ? {} : { headers: { range } })).arrayBuffer()
  const first = await bob.client.meetings.recordings.playback({ recordingId })
  await read(first.files[0]!.url, 'bytes=0-4999')
  await read(first.files[0]!.url, 'bytes=0-4999')
  const second = await bob.client.meetings.recordings.playback({ recordingId })
  await read(second.files[0]!.url, 'bytes=2500-7499')
  await cleo.client.meetings.recordings.playback({ recordingId })
  const third = await anyone.meetings.recordings.openLink({ link: address })
  await read(third.files[0]!.url)
  await read(`${second.files[0]!.url}?download`, 'bytes=0-0')

  const views = () => collect(recordings.views.all({ recordingId, limit: 2 }))
  await expect
    .poll(async () => (await views()).map((one) => [one.sentBytes, one.share, one.downloads]))
    .toEqual([
      [10_000, 1, 0],
      [0, 0, 0],
      [5_001, 0.5, 1],
      [10_000, 0.5, 0],
    ])
  const [byLink, byCleo, ...byBob] = await views()
  expect(byLink).toMatchObject({
    userId: null,
    linkId: link.id,
    linkName: 'For the choir',
    viewId: third.viewId,
    views: 1,
  })
  expect(byCleo).toMatchObject({ userId: cleo.user.id, linkId: null, lastAt: null })
  expect(byBob.map(({ viewId }) => viewId)).toEqual([second.viewId, first.viewId])
  expect(byBob.every(({ lastAt, openedAt }) => lastAt! >= openedAt)).toBe(true)

  const { items: users } = await recordings.views({ recordingId, by: 'user' })
  expect(users).toMatchObject([
    { userId: bob.user.id, views: 2, sentBytes: 15_001, share: 0.75, downloads: 1, viewId: null, linkId: null },
    { userId: cleo.user.id, views: 1, sentBytes: 0, share: 0 },
  ])
  const { items: links } = await recordings.views({ recordingId, by: 'link' })
  expect(links).toMatchObject([{ linkId: link.id, linkName: 'For the choir', views: 1, share: 1, userId: null }])
})

test('parts of a file are told in steps, so that the line of a view stays short', () => {
  expect(wholeParts(0, 10, 10)).toEqual([0, 10])
  expect(wholeParts(3, 10, 10)).toEqual([3, 10])
  expect(wholeParts(0, 1_000, 1_000_000)).toBeUndefined()
  expect(wholeParts(1, 6_001, 1_000_000)).toEqual([2_000, 6_000])
  expect(wholeParts(999_000, 1_000_000, 1_000_000)).toBeUndefined()
  expect(wholeParts(998_000, 1_000_000, 1_000_000)).toEqual([998_000, 1_000_000])
})
