import { type AntiphonClient, AntiphonError, createClient, type Playback, type RecordingId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { fill, wav } from './media.fixture.ts'

const { url, anyone, signUp, signUpAdmin, query } = await startTestServer()
const [owner, named, downloader, stranger, admin] = [
  ...[await signUp(), await signUp(), await signUp(), await signUp()],
  await signUpAdmin(),
] as const

const visibilities = ['private', 'link', 'members'] as const
const passwords = ['without a password', 'with a password'] as const
/** What is given: of each password that is asked for, none, a wrong one, the right one. */
const givens = ['none', 'wrong', 'right'] as const
type Given = (typeof givens)[number]

const [recordingPassword, linkPassword] = ['of the recording', 'of the link']

type Open = (at: Place, given: Given) => Promise<Playback>

interface Place {
  recordingId: RecordingId
  links: Record<'plain' | 'locked' | 'download' | 'expired' | 'revoked' | 'usedUp', string>
}

const word = (given: Given, right: string) => ({ none: undefined, wrong: 'wrong', right })[given]

const asUser =
  (client: AntiphonClient): Open =>
  ({ recordingId }, given) =>
    client.meetings.recordings.playback({ recordingId, password: word(given, recordingPassword) })

const byLink =
  (name: keyof Place['links'], from: AntiphonClient = anyone): Open =>
  ({ links }, given) =>
    from.meetings.recordings.openLink({
      link: links[name],
      ...(name === 'locked'
        ? { password: word(given, linkPassword), recordingPassword: word(given, recordingPassword) }
        : { password: word(given, recordingPassword) }),
    })

const people: Record<string, Open> = {
  'the owner': asUser(owner.client),
  'a named viewer': asUser(named.client),
  'a named viewer who may download': asUser(downloader.client),
  'somebody signed in': asUser(stranger.client),
  'an administrator': asUser(admin.client),
  nobody: asUser(anyone),
  'a key of the owner that may read': (at, given) => asUser(readKey)(at, given),
  'a link': byLink('plain'),
  'a link, signed in': byLink('plain', stranger.client),
  'a link with a password of its own': byLink('locked'),
  'a link to download': byLink('download'),
  'a link past its time': byLink('expired'),
  'a revoked link': byLink('revoked'),
  'a link that is used up': byLink('usedUp'),
}

const { secret } = await owner.client.users.apiKeys.create({ name: 'Reader', scopes: ['meetings:read'] })
const readKey = createClient({ url, token: secret })

type Answers = readonly [none: string, wrong: string, right: string]
const always = (answer: string): Answers => [answer, answer, answer]
const asked: Answers = ['PASSWORD_NEEDED', 'WRONG_PASSWORD', 'plays']
const missing = always('NOT_FOUND')

/** What opening gives without, with a wrong, and with the right password: by visibility, without and with a password. */
const table: Record<string, Record<(typeof visibilities)[number], readonly [Answers, Answers]>> = {
  'the owner': everywhere(always('plays and downloads'), always('plays and downloads')),
  'a named viewer': everywhere(always('plays'), asked),
  'a named viewer who may download': everywhere(always('plays and downloads'), [
    ...['PASSWORD_NEEDED', 'WRONG_PASSWORD', 'plays and downloads'],
  ] as unknown as Answers),
  'somebody signed in': { ...everywhere(missing, missing), members: [always('plays'), asked] },
  'an administrator': { ...everywhere(missing, missing), members: [always('plays'), asked] },
  nobody: everywhere(always('NOT_SIGNED_IN'), always('NOT_SIGNED_IN')),
  'a key of the owner that may read': everywhere(always('NOT_ALLOWED'), always('NOT_ALLOWED')),
  'a link': { ...everywhere(missing, missing), link: [always('plays'), asked] },
  'a link, signed in': { ...everywhere(missing, missing), link: [always('plays'), asked] },
  'a link with a password of its own': { ...everywhere(missing, missing), link: [asked, asked] },
  'a link to download': {
    ...everywhere(missing, missing),
    link: [always('plays and downloads'), ['PASSWORD_NEEDED', 'WRONG_PASSWORD', 'plays and downloads']],
  },
  'a link past its time': { ...everywhere(missing, missing), link: [always('LINK_EXPIRED'), always('LINK_EXPIRED')] },
  'a revoked link': everywhere(missing, missing),
  'a link that is used up': {
    ...everywhere(missing, missing),
    link: [always('LINK_USED_UP'), always('LINK_USED_UP')],
  },
}

function everywhere(without: Answers, withOne: Answers) {
  return { private: [without, withOne], link: [without, withOne], members: [without, withOne] } as const
}

async function makePlace(visibility: (typeof visibilities)[number], hasPassword: boolean): Promise<Place> {
  const recordings = owner.client.meetings.recordings
  const { id: recordingId } = await recordings.create({
    title: 'Concert',
    ...(hasPassword && { password: recordingPassword }),
  })
  await fill(owner.client, recordingId)
  await recordings.share({ recordingId, viewers: [{ userId: named.user.id }] })
  await recordings.share({ recordingId, viewers: [{ userId: downloader.user.id }], mayDownload: true })
  const link = async (more: { password?: string; mayDownload?: boolean; maxViews?: number } = {}) =>
    recordings.createLink({ recordingId, name: 'x', ...more })
  const [plain, locked, download] = [
    await link(),
    await link({ password: linkPassword }),
    await link({ mayDownload: true }),
  ]
  const [expired, revoked, usedUp] = [await link(), await link(), await link({ maxViews: 3 })]
  await query(`update recording_links set expires_at = now() - interval '1 second' where id = $1`, [expired.link.id])
  await recordings.revokeLink({ linkId: revoked.link.id })
  await query('update recording_links set views = 3 where id = $1', [usedUp.link.id])
  await recordings.setVisibility({ recordingId, visibility })
  return {
    recordingId,
    links: {
      ...{ plain: plain.url, locked: locked.url, download: download.url },
      ...{ expired: expired.url, revoked: revoked.url, usedUp: usedUp.url },
    },
  }
}

/** What somebody gets to: up to the bytes themselves. */
async function outcome(open: Promise<Playback>): Promise<string> {
  const playback = await open.catch((error: unknown) => error)
  if (playback instanceof AntiphonError) return playback.code
  const { files, mayDownload } = playback as Playback
  const [file] = files
  const played = await fetch(url + file!.url)
  if (played.status !== 200 || !Buffer.from(await played.arrayBuffer()).equals(wav())) return 'plays nothing'
  expect(played.headers.get('content-disposition')).toBe('inline; filename=Choir.wav')
  const downloaded = await fetch(`${url}${file!.url}?download`)
  const saved = downloaded.status === 200 && (await downloaded.arrayBuffer()).byteLength === wav().length
  expect([mayDownload, file!.downloadUrl !== null]).toEqual([saved, saved])
  if (!saved)
    expect([downloaded.status, ((await downloaded.json()) as { code: string }).code]).toEqual([403, 'NOT_ALLOWED'])
  else expect(downloaded.headers.get('content-disposition')).toBe('attachment; filename=Choir.wav')
  return saved ? 'plays and downloads' : 'plays'
}

const places = visibilities.flatMap((visibility) => passwords.map((password) => [visibility, password] as const))

describe.each(places)('a recording of visibility %s, %s', async (visibility, password) => {
  const hasPassword = password === 'with a password'
  const place = makePlace(visibility, hasPassword)
  test.each(Object.keys(people))('opened by %s', async (who) => {
    const at = await place
    const answers: string[] = []
    for (const given of givens) answers.push(await outcome(people[who]!(at, given)))
    expect(answers).toEqual(table[who]?.[visibility][hasPassword ? 1 : 0])
  })

  test('is changed, shared and looked into by its owner alone', async () => {
    const { recordingId } = await place
    for (const [client, code] of [
      [named.client, 'NOT_FOUND'],
      [downloader.client, 'NOT_FOUND'],
      [stranger.client, 'NOT_FOUND'],
      [admin.client, 'NOT_FOUND'],
      [anyone, 'NOT_SIGNED_IN'],
    ] as const) {
      const { recordings } = client.meetings
      const viewers = [{ userId: stranger.user.id }]
      const calls: (() => Promise<unknown>)[] = [
        () => recordings.update({ recordingId, title: 'Mine' }),
        () => recordings.setVisibility({ recordingId, visibility: 'members' }),
        () => recordings.share({ recordingId, viewers }),
        () => recordings.unshare({ recordingId, viewers }),
        () => recordings.viewers({ recordingId }),
        () => recordings.createLink({ recordingId, name: 'x' }),
        () => recordings.listLinks({ recordingId }),
        () => recordings.views({ recordingId }),
        () => recordings.remove({ recordingId }),
        () => recordings.restore({ recordingId }),
      ]
      const codes = await Promise.all(
        calls.map((call) =>
          call().then(
            () => 'ok',
            (error: AntiphonError) => error.code,
          ),
        ),
      )
      expect(codes).toEqual(calls.map(() => code))
    }
  })
})
