import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { startZoomServer } from '../../packages/server/src/demo/zoom/server.ts'
import { serve } from '../../packages/server/test/process/command.ts'
import { temporaryDirectory } from '../../packages/server/test/temporary.ts'
import { countBlocks, filled, pages } from '../scripts/blocks.ts'

const examples = fileURLToPath(new URL('../examples/', import.meta.url))
const files = (await readdir(examples, { recursive: true })).filter((path) => /\.(ts|sh)$/.test(path))

const referenceFolder = fileURLToPath(new URL('../reference/', import.meta.url))
const reference = (await readdir(referenceFolder)).map((name) => join(referenceFolder, name))

const zoom = await startZoomServer()
process.env.ZOOM_URL = zoom.url

const data = await temporaryDirectory()
// The server takes cookies for its own origin, so its port is known before it starts.
const server = await serve(data, '--demo', '--port', await freePort())
const copies = await mkdtemp(join(examples, '.run-'))

/** What examples read as the log of a server in development: it has the mails. */
const log = join(copies, 'server.log')
writeFileSync(log, server.output())
server.child.stdout?.on('data', (chunk: Buffer) => appendFileSync(log, chunk))

/** `antiphon` as it is when installed. */
const cli = fileURLToPath(new URL('../../packages/server/dist/cli.js', import.meta.url))
await writeFile(join(copies, 'antiphon'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`, { mode: 0o755 })

const { DATABASE_URL: _, ...inherited } = process.env
const env = { ...inherited, PATH: [copies, inherited.PATH].join(delimiter), DATA_DIR: data, ANTIPHON_LOG: log }
afterAll(async () => {
  server.child.kill('SIGTERM')
  await server.ended
  await zoom.close()
  await rm(copies, { recursive: true })
  await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

const scopes = 'users:read,users:write,messages:write,act-as'
const key = await execute('antiphon', ['keys', 'create', '--name', 'examples', '--scopes', scopes], env)

/** Runs a program to its end; what it printed. */
function execute(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`)) : resolve(stdout),
    )
  })
}

/** Runs a copy of an example against the server of this test. */
async function run(file: string): Promise<string> {
  const copy = join(copies, file.replaceAll('/', '-'))
  const text = await readFile(join(examples, file), 'utf8')
  await writeFile(copy, text.replaceAll('http://localhost:3000', server.url).replace("'./data'", JSON.stringify(data)))
  const { accountId, clientId, clientSecret } = zoom.app()
  const account = { ZOOM_ACCOUNT_ID: accountId, ZOOM_CLIENT_ID: clientId, ZOOM_CLIENT_SECRET: clientSecret }
  const withKey = { ...env, ...account, ZOOM_SECRET_TOKEN: 'secret-token', ANTIPHON_KEY: key.trim() }
  if (file.endsWith('.sh')) return execute('bash', ['-euo', 'pipefail', copy], withKey)
  return execute(process.execPath, ['--conditions=antiphon-source', copy], withKey)
}

/** A port that is free just now. */
function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(String(port)))
    })
  })
}

/** What an example has to print. */
const expected: Record<string, RegExp> = {
  'server/embed.ts': /^From inside http:\/\/localhost:\d+/,
  'readme.ts': /Shall we\?[\s\S]*must not be empty/,
  'start.ts': /true true[\s\S]*userName/,
  'follow.ts': /^[1-9]\d* messages, none missing/,
  'sdk.ts':
    /^1 ann bob true\nNOT_FOUND 404 req_[\s\S]*ABORTED\nShow the sign-in page: NOT_SIGNED_IN\n1\nann@example\.com\n\{ state: 'closed', reason: 'finished' \}/,
  'mock.ts': /^not sent: ROOM_ARCHIVED\n7\n.*users\.me/,
  'messages/everyday.ts':
    /^(true owner|false admin|false member)\n[\s\S]*\ntrue\n[\s\S]*\n2 1\n2 Have you got the score\?\ntrue true 0\n[\s\S]*Cleo has read it[\s\S]*\n1\n@cleo_\w+ sings alto\n$/,
  'messages/batch.ts': /^sent sent NOT_FOUND\nduplicate duplicate NOT_FOUND\nBATCH_REFUSED BATCH_REFUSED NOT_FOUND\n$/,
  'messages/live.ts': /^I am\. 1\nlive true\nclosed\n$/,
  'messages/refusals.ts':
    /NOT_FOUND\n.*BODY_EMPTY\n.*BODY_TOO_LONG\n.*REPLY_UNKNOWN\n.*NOT_YOURS\n.*STALE_VERSION\n.*CLIENT_ID_REUSED\n.*MARK_BEYOND_END\n.*BLOCKED\n$/,
  'messages/curl.sh': /"body":"By curl"[\s\S]*"items":\[[\s\S]*"items":\[[\s\S]*data: .*"welcome"/,
  'stories/messages.ts':
    /^sent,sent duplicate,duplicate\nLea has 1 to read, 1 for her\nWhen do we rehearse, @lea_\w+\? · 👍\nThursday at eight\. · edited\n · deleted\n4 3\n$/,
  'meetings/everyday.ts':
    /^(Rehearsal true null\n){3}guest@example\.org none\n(Bob yes\nCleo none|Cleo none\nBob yes)\ntrue true\ntext\/calendar; charset=utf-8\nhttps:\/\/meet\.example\.com\/choir\n0\nfalse\n$/,
  'meetings/lobby.ts': /^https:\/\/meet\.example\.com\/audition\nWRONG_PASSCODE\n$/,
  'stories/meetings.ts':
    /^Nora NOT_FOUND\nMo NOT_FOUND\nRehearsal, With piano, off, Rehearsal\nwaiting,waiting\nadmitted LOBBY_DENIED\nLea was there\n$/,
  'room/room.ts':
    /^host \[\] 4000\n2 false false\nBob says \{"type":"answer"\}\n\[ 'Rehearsal.webm room' \]\n(ended\n)?$/,
  'sessions/everyday.ts':
    /^Piano lesson empty https?:\/\/\S+ \S+\n\[ 'Ann', 'Bob' \]\nPiano lesson live 2\nended confirmed\ntrue\n(Ann true\nBob true|Bob true\nAnn true)\ntrue Session,Title,Started,Ended,Name,User,Joined,Left,Minutes\n$/,
  'sessions/zoom.ts':
    /^Enter this at Zoom: https?:\/\/\S+\/webhooks\/zoom\/con_\w+\nMusic school ok null 0 no webhook so far\n[\s\S]*light true no limit\n[\s\S]*true\n$/,
  'stories/sessions.ts': /^ROOM_LOCKED\n\[ 'Kim', 'Lea' \]\nNOT_FOUND\ntrue true\n\[ 'Kim', 'Lea' \]\n$/,
  'royalties/models.ts': /^3000n\nX \w+ 1500n 1334n\nZ \w+ 1000n 1333n\nY \w+ 500n 333n\n$/,
  'royalties/import.sh':
    /"state":"done"[\s\S]*"rowsRead":2,"rowsAccepted":1,"rowsQuarantined":1[\s\S]*"line":3,"code":"ID_MISSING"/,
  'royalties/files.sh': /tracks\.csv[\s\S]*imported before/,
  'royalties/sources.ts': /^Streams of yesterday true null null 0\nADDRESS_REFUSED\n$/,
  'stories/royalties.ts':
    /^5 3 2\n5 UNKNOWN_LISTENER [^\n]*300\n6 DATE_INVALID [^\n]*100\n5\ntrue\n([^\n]* \d+n \d+n \d+n\n){4}true 64\ntrue\nclosed true\n(\d+n) \2 \2\nDuet 500000 480 \d+n\nSolo 1000000 340 \d+n\n\d+n \d+n -?\d+n\nstreams\.csv 3 14 180\nstreams\.csv 5 16 300\nNOT_FOUND\n0n true\n\[ 'PERIOD_CLOSED' \]\n\[ true \]\n$/,
  'retry.ts': /true true\nCLIENT_ID_REUSED 409/,
  'exchange.sh': /"duplicate":false[\s\S]*"duplicate":true[\s\S]*"events":\[[\s\S]*Shall we\?/,
  'accounts.ts': /Tablet \S+ true[\s\S]*TOKEN_INVALID\n\{[\s\S]*account: 1[\s\S]*audit: \d[\s\S]*\}\nerin_\w+ true\n$/,
  'mfa.ts': /^true 10\ntrue\n$/,
  'reset.ts': /^true LINK_INVALID\ntrue\n$/,
  'friends.ts': /^1 accepted\nbusy Rehearsal\n2 0\nYou block/,
  'keys.ts': /^true This key lacks the scope users:read\.\nTOKEN_INVALID\n$/,
  'service.ts': /^bob@example\.com\nA service does this in the name of a user only[\s\S]*SCOPE_TOO_WIDE\n$/,
  'admin.ts': /users\.setRoles true \{ to: 'support', from: '' \}[\s\S]*users\.create true \{\}/,
  'stories/accounts.ts': /^Kim takes along: Shall we[^\n]*\nDeleted user no address 2 0\nTOKEN_INVALID\n$/,
  'admin.sh': /^cleo is an administrator now, and has to sign in anew\.\n$/,
  'files/uploads.ts':
    /^0 of \d+\n(\d+) of \1\nsunset\.png image\/png 1\n8\n\[ 'image sunset\.png', 'file Score\.ts', 'gif ' \]\nimage\/png true\ntrue\nUPLOAD_TYPE\n$/,
  'files/upload.sh': /"type":"text\/plain"[\s\S]*there204\n$/,
  'recordings/recordings.ts':
    /^\[ 'Concert\.wav audio\/wav' \]\nPASSWORD_NEEDED\n206 bytes 0-1023\/8044\n.*#lnk_\.\.\.\nWRONG_PASSWORD\nDress rehearsal true\ntrue 1 1024 0\.12\d*\n\[ 'For the press: 1' \]\n404\nDress rehearsal 1\n$/,
  'recordings/watch.sh': /"viewId":"viw_[\s\S]*"title":"By curl"/,
  'keys.sh': /"items":\[\{"id":"rom_/,
  'cookies.sh': /"token":""\}\n\{"id":"usr_[\s\S]*"code":"ORIGIN_REFUSED"[\s\S]*"code":"NOT_SIGNED_IN"/,
  'export.sh': /^\[\n\{"kind":"account"[\s\S]*"kind":"message"[\s\S]*\}\n\]\n$/,
  'problem.sh': /"status":400[\s\S]*"code":"INVALID_INPUT"[\s\S]*"path":"email"[\s\S]*"path":"userName"/,
}

test.each(files)('%s runs and does what it says', async (file) => {
  expect(Object.keys(expected)).toContain(file)
  expect(await run(file)).toMatch(expected[file]!)
})

describe('pages', () => {
  test.each(pages())('%s shows the examples as they are', async (page) => {
    expect(await readFile(page, 'utf8')).toBe(filled(page))
  })

  test.each([...pages(), ...reference])('%s links to pages that exist', async (page) => {
    const links = [...(await readFile(page, 'utf8')).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, target]) => target ?? '',
    )
    expect(links.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([])
  })

  test('every block of TypeScript and shell is an example that runs, but for the commands of the shell prompt', async () => {
    for (const page of pages()) {
      const { all, fromExamples } = countBlocks(page)
      expect([page, fromExamples]).toEqual([page, all])
    }
  })
})

test('the example of the README has at most 15 lines', async () => {
  const lines = (await readFile(join(examples, 'readme.ts'), 'utf8')).trim().split('\n')
  expect(lines.length).toBeLessThanOrEqual(15)
})
