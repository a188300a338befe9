import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  buildContract,
  type Contract,
  describeRouter,
  diffContracts,
  type ErrorCodes,
  suggestBump,
} from '../src/index.ts'
import { changes, compare, contractOf, type Sketch } from './contracts.ts'
import { appRouter, errorCodes as fixtureCodes } from './fixture/router.ts'

const text = z.string()

test.each<[string, Sketch | undefined, Sketch | undefined, string[]]>([
  ['same', { input: z.object({ a: z.string() }) }, { input: z.object({ a: z.string() }) }, []],
  ['removed', {}, undefined, ['wire-breaking | p | procedure removed']],
  ['added', undefined, {}, ['additive | p | procedure added']],
  [
    'query turned mutation',
    { type: 'query' },
    { type: 'mutation', meta: { idempotent: true } },
    ['wire-breaking | p | query became mutation'],
  ],
  [
    'auth stricter',
    { meta: { auth: 'anyone' } },
    { meta: { auth: 'user' } },
    ['wire-breaking | p | who may call it: anyone became user'],
  ],
  [
    'auth of another kind',
    { meta: { auth: 'user' } },
    { meta: { auth: 'service' } },
    ['wire-breaking | p | who may call it: user became service'],
  ],
  [
    'auth looser',
    { meta: { auth: 'user' } },
    { meta: { auth: 'anyone' } },
    ['additive | p | anyone may call it; before: user'],
  ],
  ...[
    ['caller', 'anyone'],
    ['user', 'caller'],
    ['person', 'user'],
  ].flatMap(([strict = '', loose = '']): [string, Sketch, Sketch, string[]][] => [
    [
      `auth from ${loose} to ${strict}`,
      { meta: { auth: loose } },
      { meta: { auth: strict } },
      [`wire-breaking | p | who may call it: ${loose} became ${strict}`],
    ],
    [
      `auth from ${strict} to ${loose}`,
      { meta: { auth: strict } },
      { meta: { auth: loose } },
      [
        loose === 'anyone'
          ? `additive | p | anyone may call it; before: ${strict}`
          : `additive | p | who may call it: ${strict} became ${loose}`,
      ],
    ],
  ]),
  [
    'auth from a word of its own',
    { meta: { auth: 'service' } },
    { meta: { auth: 'caller' } },
    ['wire-breaking | p | who may call it: service became caller'],
  ],
  ['scope added', {}, { meta: { scope: 'a:b' } }, ['wire-breaking | p | API keys need the scope a:b']],
  [
    'another scope',
    { meta: { scope: 'a:b' } },
    { meta: { scope: 'a:c' } },
    ['wire-breaking | p | API keys need the scope a:c, not a:b'],
  ],
  ['scope removed', { meta: { scope: 'a:b' } }, {}, ['additive | p | API keys no longer need the scope a:b']],
  [
    'now a download',
    { type: 'subscription' },
    { type: 'subscription', meta: { finite: true } },
    ['additive | p | now ends by itself, and is a list too'],
  ],
  [
    'no longer a download',
    { type: 'subscription', meta: { finite: true } },
    { type: 'subscription' },
    ['wire-breaking | p | no longer ends by itself, nor is it a list'],
  ],
  ['finite means nothing elsewhere', {}, { meta: { finite: true } }, []],
  ['auth stated', {}, { meta: { auth: 'user' } }, ['docs | p | who may call it is stated: user']],
  [
    'idempotent lost',
    { meta: { idempotent: true } },
    {},
    ['wire-breaking | p | no longer safe to repeat, while running clients repeat it by themselves'],
  ],
  ['idempotent gained', {}, { meta: { idempotent: true } }, ['additive | p | now safe to repeat']],
  ['deprecated', {}, { meta: { deprecated: 'Use q.' } }, ['additive | p | deprecated: Use q.']],
  ['deprecated no more', { meta: { deprecated: 'Use q.' } }, {}, ['docs | p | no longer deprecated']],
  [
    'words',
    { meta: { summary: 'Does.', description: 'Well.' } },
    { meta: { summary: 'Does it.', description: 'Very well.' } },
    ['docs | p | summary changed', 'docs | p | description changed'],
  ],
  ['input added', {}, { input: z.object({ a: z.string() }) }, ['wire-breaking | p input | required input added']],
  [
    'empty input added',
    {},
    { input: z.object({ a: z.int().optional() }) },
    ['additive | p input | optional input added'],
  ],
  [
    'input removed',
    { input: z.object({ a: z.string() }) },
    {},
    ['wire-breaking | p input | input removed: what running clients send is passed over'],
  ],
  ['answer added', {}, { output: z.object({ a: z.int() }) }, ['additive | p output | now answers something']],
])('procedure: %s', (_name, before, after, expected) => {
  const [old, young] = [before, after].map((sketch) => contractOf(sketch === undefined ? {} : { p: sketch }))
  expect(changes(old!, young!)).toEqual(expected)
})

test('a renamed procedure is one removed and one added', () => {
  expect(changes(contractOf({ a: {} }), contractOf({ b: {} }))).toEqual([
    'wire-breaking | a | procedure removed',
    'additive | b | procedure added',
  ])
})

test('a shape that is input and output is judged for both, once', () => {
  const room = (shape: z.ZodRawShape) => z.object(shape).meta({ id: 'Room' })
  const [old, young] = [room({ name: text }), room({ name: text, topic: text })].map((Room) =>
    contractOf({
      add: { input: Room, output: Room },
      get: { output: Room },
      list: { output: z.array(Room) },
    }),
  )
  expect(changes(old!, young!)).toEqual([
    'wire-breaking | #/shapes/Room input.topic | required field added',
    'additive | #/shapes/Room output.topic | field added',
  ])
})

test('a renamed shape breaks sources, not the wire', () => {
  const named = (id: string, max: number) => z.object({ a: text.max(max) }).meta({ id })
  expect(compare({ output: z.array(named('Room', 5)) }, { output: z.array(named('Place', 6)) })).toEqual([
    'source-breaking | #/shapes/Room | renamed to Place',
    'additive | #/shapes/Room output.a | maxLength 5 became 6',
  ])
  expect(compare({ output: named('Room', 5) }, { output: z.object({ a: text.max(5) }) })).toEqual([
    'source-breaking | #/shapes/Room | no type has this name any more',
  ])
  expect(compare({ output: z.object({ a: text.max(5) }) }, { output: named('Room', 5) })).toEqual([])
})

test('a name for alternatives is as good as the alternatives', () => {
  const Maybe = z.union([text, z.int(), z.null()]).meta({ id: 'Maybe' })
  expect(compare({ output: z.union([text, z.int(), z.null()]) }, { output: Maybe })).toEqual([])
})

test('recursion ends', () => {
  const tree = (max: number) => {
    const Tree = z
      .object({
        name: text.max(max),
        get parts() {
          return z.array(Tree)
        },
      })
      .meta({ id: 'Tree' })
    return Tree
  }
  expect(compare({ output: tree(5) }, { output: tree(6) })).toEqual([
    'additive | #/shapes/Tree output.name | maxLength 5 became 6',
  ])
})

const codes = {
  BAD: { status: 400, description: 'Bad.', common: true },
  GONE: { status: 404, description: 'Gone.' },
  TAKEN: { status: 409, description: 'Taken.' },
}
const withErrors = (errors: string[], table: ErrorCodes = codes) =>
  contractOf({ p: { meta: { errors } }, q: { meta: { errors: ['GONE', 'TAKEN'] } } }, table)

test.each<[string, Contract, Contract, string[]]>([
  [
    'added',
    withErrors([]),
    withErrors(['GONE']),
    ['source-breaking | p | error GONE added: a switch over its errors lacks it'],
  ],
  [
    'removed',
    withErrors(['GONE']),
    withErrors([]),
    ['source-breaking | p | error GONE removed: comparing with it no longer compiles'],
  ],
  [
    'made common',
    withErrors(['GONE']),
    withErrors([], { ...codes, GONE: { ...codes.GONE, common: true } }),
    ['source-breaking | #/errors/GONE | can now come from any call'],
  ],
  [
    'no longer common',
    withErrors(['GONE'], { ...codes, GONE: { ...codes.GONE, common: true } }),
    withErrors(['GONE']),
    ['source-breaking | #/errors/GONE | no longer comes from any call'],
  ],
  [
    'status and words',
    withErrors([]),
    withErrors([], { ...codes, TAKEN: { status: 422, description: 'Taken by another.' } }),
    ['wire-breaking | #/errors/TAKEN | status 409 became 422', 'docs | #/errors/TAKEN | description changed'],
  ],
])('error code: %s', (_name, before, after, expected) => {
  expect(changes(before, after)).toEqual(expected)
})

test.each([
  [[], '1.2.3', undefined],
  [['docs'], '1.2.3', 'patch'],
  [['docs', 'additive'], '1.2.3', 'minor'],
  [['additive', 'source-breaking'], '1.2.3', 'major'],
  [['wire-breaking'], '1.2.3', 'major'],
  [['wire-breaking'], '0.2.3', 'minor'],
  [['source-breaking'], '0.2.3', 'minor'],
  [['additive'], '0.2.3', 'patch'],
] as const)('what to bump for %j at %s: %s', (kinds, version, expected) => {
  const list = kinds.map((kind) => ({ path: 'p', place: '', kind, message: 'x' }))
  expect(suggestBump(list, version)).toBe(expected)
})

test('a contract does not differ from itself', () => {
  const contract = buildContract(describeRouter(appRouter), { version: '1.0.0', errorCodes: fixtureCodes })
  expect(diffContracts(contract, JSON.parse(JSON.stringify(contract)))).toEqual([])
})
