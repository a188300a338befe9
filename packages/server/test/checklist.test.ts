import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** What the security checklist demands of accounts and access, and the tests that hold it: file, then titles. */
const checklist: Record<string, Record<string, readonly string[]>> = {
  '6. multipart and the like are refused; where a cookie authenticates, the origin is checked': {
    'src/http/origins.test.ts': [
      '%s: is refused in every content type, and leaves nothing',
      'nor without the header of the session: the cookie counts for nothing',
      'no mutation is done by GET or HEAD',
      'queries with a cookie are refused from a foreign origin, too',
    ],
    'src/http/cookies.test.ts': [
      'sets a cookie that scripts cannot read, for this host alone, and gives no token',
      'nothing is done from %s',
      'a GET that a %s page makes is refused',
      'signing in from a foreign origin is refused before the password is looked at',
    ],
    'src/http/cors.test.ts': [
      'no page of another origin gets leave, at no address',
      'gets nothing: %s',
      'the server does not start with %j for an origin',
    ],
    'test/laws.test.ts': ['is called by the method of its type only'],
  },
  '7. every 500 has fixed text and a request id': {
    'src/http/faults.test.ts': [
      'a fault of the server tells nothing but its request id',
      'other faults are told in fixed words, too',
      'tells the same, and is not taken for whole',
    ],
    'src/http/http.test.ts': ['no error of ours speaks of what is inside'],
  },
  '12. the access matrix: every procedure by every kind of caller; foreign and missing alike': {
    'test/access/access.test.ts': [
      'every procedure has its row',
      'answers each kind of caller as the matrix says',
      '%s of another and one that is not there are answered alike, in about the same time',
    ],
    'src/auth/actAs.test.ts': [
      'stays within the scopes of its key',
      'does nothing that only the person does, not even for an administrator',
      'is in the audit log as both, for each call: queries, batches, what was refused later, streams',
      'for somebody who is not there, was removed, or has no id: alike',
    ],
    'src/users/roles.test.ts': ['reads what administrators read', 'changes nothing'],
    'src/users/identities.test.ts': ['is never a way into the account that has it', '%s is refused, and makes nobody'],
  },
  '13. a key never creates or widens a key beyond itself': {
    'src/users/apiKeys/rules.test.ts': [
      'never with a scope it lacks, never for longer than itself, and of its own kind alone',
      'and those that these make are within the first one, however long the line',
      'not in the name of somebody it acts for',
      'for acting for others only as an administrator',
    ],
    'src/users/apiKeys/bounds.test.ts': [
      'by scopes: a personal one',
      'by scopes: one of a service, also not by acting for an administrator',
      'by kind: the personal key of an administrator makes no key that outlives the role',
      'by time: what it makes ends with it, or earlier',
      'by the rights of its owner: a key of a person is no administrator',
      'acts for nobody, even by a key that was left over',
    ],
  },
  '20. sign-in: limits, equal times, single-use tokens, rotation, ends of streams, codes that work once': {
    'src/http/signInLimits.test.ts': [
      'five guesses, then a pause in which not even the right password counts, then five more and a longer one',
      'of twenty at once over two instances five get to the password',
      'user name and address of one account are one count; a /64 is one place',
      'cannot lock out the owner at a known address, from wherever they guess',
    ],
    'src/users/users.test.ts': ['takes as long for an unknown name as for a wrong password'],
    'src/users/mail/reset.test.ts': [
      'works once, also of five at once',
      'leaves no more than the hash of its secret, and no secret in the queue',
      'takes as long for an unknown address as for a known one',
    ],
    'src/users/session/session.test.ts': [
      'signs out all other devices, gives this one another token, and tells by mail',
    ],
    'src/users/roles.test.ts': ['signs the user out everywhere, on every instance, and revokes their keys'],
    'src/users/devices/devices.test.ts': ['ends one device at once, on every instance; the others stay'],
    'src/auth/live.test.ts': ['a stream on another instance ends within five seconds once'],
    'src/auth/liveLeaks.test.ts': ['of two hundred that were connected and cut: %s'],
    'src/users/mfa/codes.test.ts': ['works once', 'works once in parallel on two instances'],
  },
  '21. no secret in an address or a log': {
    'test/process/secrets.test.ts': [
      'is in what the process wrote, which is a lot',
      'is in an answer that refuses, or in any header',
      'is in a file of its directory, nor in the log of Postgres',
    ],
    'src/users/audit/audit.test.ts': ['holds no names, addresses of mail, passwords or secrets'],
    'src/users/apiKeys/apiKeys.test.ts': [
      'gives a readable id and a secret of 256 bits, once; the database has its hash alone',
    ],
  },
}

/** The titles of tests and groups in a file: texts with a function after them. */
function titlesOf(file: string): { text: string; titles: string[] } {
  const text = readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8')
  return { text, titles: [...text.matchAll(/\(\s*'([^'\n]+)',\s*(?:async )?\(/g)].map(([, title = '']) => title) }
}

const rows = Object.entries(checklist).flatMap(([item, files]) =>
  Object.entries(files).map(([file, titles]) => ({ item, file, titles })),
)

describe.each(rows)('$item', ({ file, titles }) => {
  test(`is held by ${file}`, () => {
    const found = titlesOf(file)
    expect(titles.filter((title) => !found.titles.includes(title))).toEqual([])
    expect(found.text).not.toMatch(/\b(test|it|describe)\.(skip|only|todo|fails)\b/)
  })
})
