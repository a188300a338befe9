import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'

const { signUp } = await startTestServer()
const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]

const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
const { id: otherId } = await ann.client.messages.rooms.create({ name: 'Band', memberIds: [bob.user.id, cleo.user.id] })

const texts = [
  'The tenors meet on Thursday at seven',
  'Thursday is fine, but the tenors are late',
  "It's the second page: don't forget the score!",
  'Write to tenor@example.com or see https://example.com/scores',
  '¡Hasta el jueves! Übung macht den Meister 🎶',
  '木曜日に会いましょう',
]
for (const body of texts) await ann.client.messages.send({ roomId, body })
await bob.client.messages.send({ roomId: otherId, body: 'The drums on Thursday' })

async function found({ client }: Person, query: string, more: object = {}) {
  const bodies: string[] = []
  for await (const { body } of client.messages.search.all({ query, limit: 1, ...more })) bodies.push(body)
  return bodies
}

test.each([
  ['all words, in any order and case', 'SEVEN thursday', [texts[0]]],
  ['not where one is missing', 'thursday eight', []],
  ['the beginning of the last word, newest first', 'the ten', [texts[1], texts[0]]],
  ['but not of the words before it', 'ten the', []],
  ['with apostrophes and punctuation', "it's (the) score!", [texts[2]]],
  ['an address as a whole', 'tenor@example.com', [texts[3]]],
  ['accents', 'Übung JUEV', [texts[4]]],
  ['a script without blanks by its beginning', '木曜', [texts[5]]],
  ['nothing for what has no word', '-- !?', []],
])('finds %s', async (_what, query, expected) => {
  expect(await found(bob, query, { roomId })).toEqual(expected)
})

test('in all rooms, in one, and from one person', async () => {
  const drums = 'The drums on Thursday'
  expect(await found(bob, 'thursday')).toEqual([drums, texts[1], texts[0]])
  expect(await found(bob, 'thursday', { roomId: otherId })).toEqual([drums])
  expect(await found(bob, 'thursday', { senderId: ann.user.id })).toEqual([texts[1], texts[0]])
  expect(await found(cleo, 'thursday')).toEqual([drums])
  expect(await codeOf(found(cleo, 'thursday', { roomId }))).toBe('NOT_FOUND')
  for (const cursor of ['bogus', btoa('[1,2,3]')]) expect(await codeOf(found(ann, 'x', { cursor }))).toBe('BAD_CURSOR')
  for (const query of ['', ' ', 'x'.repeat(201)]) expect(await codeOf(found(ann, query))).toBe('INVALID_INPUT')
})

test('finds an edited message by its present words', async () => {
  const { seq } = await ann.client.messages.send({ roomId: otherId, body: 'Bring cymbals' })
  await ann.client.messages.edit({ roomId: otherId, seq, body: 'Bring triangles' })
  expect(await found(cleo, 'cymbals')).toEqual([])
  expect(await found(cleo, 'triangles')).toEqual(['Bring triangles'])
})

test('takes any text as words', async () => {
  const hostile = [
    ...[
      "'",
      "''",
      "\\'",
      '\\',
      ':*',
      "a':*",
      'a:*|b',
      '!',
      '!a',
      'a & | b',
      '(',
      ')',
      '<->',
      'a<->b',
      'a <2> b',
      '"',
      '*',
    ],
    ...[
      "'); drop table messages; --",
      "' || 'x",
      '$1',
      '%',
      '_',
      'a\tb\nc',
      '\u202eabc',
      '-a -"b',
      'a:ABCD',
      "'a' 'b",
      'é\u0301',
    ],
    ...[
      '/usr/local/lib',
      '../..',
      'http://',
      'x@',
      '1.5e-10',
      '-12',
      '<b>bold</b>',
      '&amp;',
      'ſ',
      'İ',
      'a'.repeat(200),
    ],
  ]
  for (const query of hostile) {
    const result = await ann.client.messages.search.safe({ query })
    expect([query, result.ok]).toEqual([query, true])
  }
  const unit = fc.constantFrom(...'\'\\:*&|!()<->"% \tаb木é🎶@./-0_'.split(''), ...['ab', "'a", ':*', '\\\\'])
  await fc.assert(
    fc.asyncProperty(fc.string({ unit, minLength: 1, maxLength: 40 }), async (query) => {
      const result = await ann.client.messages.search.safe({ query })
      expect(result.ok || result.error.code === 'INVALID_INPUT').toBe(true)
    }),
    { numRuns: 100 },
  )
}, 120_000)

test('what was sent is found by any of its words', async () => {
  const [eve, max] = [await signUp(), await signUp()]
  const word = fc.string({ unit: fc.constantFrom(...'abcdéñжд漢'.split('')), minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), async (words) => {
      const sent = await eve.client.messages.send({ recipientId: max.user.id, body: words.join(' ') })
      for (const query of [words.toReversed().join(' '), words.at(-1)!, [...words[0]!].slice(0, 2).join('')]) {
        const { items } = await max.client.messages.search({ query, limit: 1 })
        expect([query, items[0]?.seq]).toEqual([query, sent.seq])
      }
    }),
    { numRuns: 25 },
  )
})

test('words are found whatever stands between them, in whatever form they are typed', async () => {
  const ann = await signUp()
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Words' })
  const body =
    'The well-known e-mail of user@host.org at https://example.com/path/file.txt v1.2.3: AC/DC, /usr/local/bin, cafe\u0301 and ﬁne_print'
  await ann.client.messages.send({ roomId, body })
  const found = async (query: string) => (await ann.client.messages.search({ query, roomId })).items.length
  const queries = [
    ...[
      'well-kn',
      'e-ma',
      'path',
      'file.txt',
      'example.com/path',
      'usr',
      'local',
      'dc',
      'v1.2.3',
      'user@host',
      'café',
      'fine pri',
    ],
    ...['https://example.com/path/file.txt', 'WELL', 'café and'],
  ]
  for (const query of queries) expect([query, await found(query)]).toEqual([query, 1])
  for (const query of ['', '-', '@@@', "'", 'well-unknown', 'ac dd']) {
    if (query !== '') expect([query, await found(query)]).toEqual([query, 0])
  }
})
