import { initTRPC } from '@trpc/server'
import superjson from 'superjson'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { buildOpenApi, describeRouter } from '../src/index.ts'
import { appRouter, errorCodes, version } from './fixture/router.ts'
import { problemsIn } from './openapiRules.ts'

interface Meta {
  summary?: string
  description?: string
  auth?: string
  errors?: readonly string[]
  deprecated?: string
  event?: z.ZodType
}

const t = initTRPC.meta<Meta>().create({ transformer: superjson })

const codes = {
  BAD_INPUT: { status: 400, description: 'It does not fit.', common: true },
  NO_TOKEN: { status: 401, description: 'Nobody is signed in.', common: true, auth: true },
  WRONG_PASSWORD: { status: 401, description: 'Another password.' },
  NOT_FOUND: { status: 404, description: 'There is none.' },
  BUSY: { status: 503, description: 'Later.', common: true },
}

const Kind = z.enum(['group', 'direct']).meta({ open: true })
const Id = z.templateLiteral(['rom_', z.string()]).meta({ id: 'RoomId', description: 'Id of a room.' })
const Room = z
  .object({
    id: Id,
    name: z
      .string()
      .min(1)
      .max(80)
      .meta({ examples: ['Reading'], description: 'What members see.' }),
    kind: Kind,
    size: z.int().min(1).default(2),
    at: z.date(),
  })
  .meta({ id: 'Room' })
const Event = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('room.opened'), room: Room }),
    z.object({ kind: z.literal(['room.closed', 'room.lost']) }),
  ])
  .meta({ id: 'RoomEvent' })

const router = t.router({
  health: t.procedure
    .meta({ auth: 'anyone' })
    .output(z.void())
    .query(() => undefined),
  rooms: t.router({
    list: t.procedure
      .meta({ summary: 'Rooms.', auth: 'user' })
      .input(
        z.object({
          kind: z.enum(['group', 'direct']).optional(),
          ids: z.array(Id).max(5).optional(),
          window: z.object({ days: z.int().describe('How far back.') }),
          cursor: z.string().nullish(),
        }),
      )
      .output(z.array(Room))
      .query(() => []),
    find: t.procedure
      .meta({ auth: 'user' })
      .input(z.map(z.string(), Id))
      .output(Room.optional())
      .query(() => undefined),
    create: t.procedure
      .meta({ description: 'At once.', auth: 'user', errors: ['NOT_FOUND'], deprecated: 'Use open.' })
      .input(z.object({ room: Room, idempotencyKey: z.string().max(64).optional() }))
      .output(z.void())
      .mutation(() => undefined),
    watch: t.procedure
      .meta({ auth: 'user', event: Event })
      .input(z.object({ id: Id }))
      .subscription(async function* () {}),
  }),
  signIn: t.procedure
    .meta({ auth: 'anyone', errors: ['WRONG_PASSWORD'] })
    .input(z.object({ password: z.string() }).optional())
    .output(z.object({ event: Event, other: z.unknown() }))
    .mutation((): never => {
      throw new Error()
    }),
})

const build = () =>
  buildOpenApi(describeRouter(router), {
    title: 'Rooms',
    version: '1.0.0',
    errorCodes: codes,
    serverUrl: 'https://a.b',
  })

/** The document as others read it. */
const read = () => JSON.parse(JSON.stringify(build()))

test.each([
  ['own', build()],
  ['fixture', buildOpenApi(describeRouter(appRouter), { title: 'Library', version, errorCodes })],
  ['without error codes', buildOpenApi(describeRouter(appRouter), { title: 'Library', version })],
])('the document is well-formed OpenAPI 3.1: %s', (_name, document) => {
  expect(problemsIn(JSON.parse(JSON.stringify(document)))).toEqual([])
})

test('the rules find what is wrong', () => {
  const document = read()
  const operation = document.paths['/api/v1/rooms.list'].get
  operation.operationId = 'rooms_find'
  operation.parameters.push(operation.parameters[0], { name: 'x', in: 'path', schema: { type: 'text', $ref: '#/no' } })
  operation.responses.ok = {}
  expect(problemsIn(document)).toEqual([
    '#/no: leads nowhere',
    'GET /api/v1/rooms.list: a parameter twice: kind in query',
    'GET /api/v1/rooms.list: bad parameter x',
    'schema of x: type text',
    'GET /api/v1/rooms.list: bad response ok',
    'operationId twice: rooms_find',
  ])
})

test('the same router gives the same document', () => {
  expect(JSON.stringify(build())).toBe(JSON.stringify(build()))
})

test('every procedure has its addresses', () => {
  const { paths, tags, servers } = read()
  const addresses = Object.entries<object>(paths).map(([path, item]) => `${Object.keys(item).join()} ${path}`)
  expect(addresses).toEqual([
    'get,post /api/v1/health',
    'post /api/v1/rooms.create',
    'post /api/v1/rooms.find',
    'get,post /api/v1/rooms.list',
    'get /trpc/rooms.watch',
    'post /api/v1/signIn',
  ])
  expect(tags).toEqual([{ name: 'general' }, { name: 'rooms' }])
  expect(servers).toEqual([{ url: 'https://a.b' }])
  expect(paths['/api/v1/rooms.create'].post).toMatchObject({
    operationId: 'rooms_create',
    tags: ['rooms'],
    description: 'At once.\n\nDeprecated: Use open.',
    deprecated: true,
  })
})

test('queries with flat input are described with query parameters', () => {
  expect(read().paths['/api/v1/rooms.list'].get.parameters).toEqual([
    { name: 'kind', in: 'query', required: false, schema: { type: 'string', enum: ['group', 'direct'] } },
    {
      name: 'ids',
      in: 'query',
      required: false,
      schema: { type: 'array', items: { $ref: '#/components/schemas/RoomId' }, maxItems: 5 },
    },
    {
      name: 'window.days',
      in: 'query',
      required: true,
      description: 'How far back.',
      schema: expect.objectContaining({ type: 'integer' }),
    },
    { name: 'cursor', in: 'query', required: false, schema: { type: 'string' } },
  ])
})

test('named shapes are components, as input and output, with constraints, words and examples', () => {
  const { schemas } = read().components
  expect(schemas.Room.properties).toMatchObject({
    id: { $ref: '#/components/schemas/RoomId' },
    name: { type: 'string', minLength: 1, maxLength: 80, description: 'What members see.', examples: ['Reading'] },
    kind: { anyOf: [{ enum: ['group', 'direct'] }, { type: 'string' }], 'x-open': true },
    at: { type: 'string', format: 'date-time' },
  })
  expect(schemas.Room.required).toContain('size')
  expect(schemas.RoomInput.required).not.toContain('size')
  expect(schemas.RoomInput.properties.kind).toEqual({ type: 'string', enum: ['group', 'direct'] })
  expect(schemas.RoomEvent).toEqual({
    oneOf: [{ $ref: '#/components/schemas/RoomEventRoomOpened' }, { $ref: '#/components/schemas/RoomEventRoomClosed' }],
    discriminator: {
      propertyName: 'kind',
      mapping: {
        'room.opened': '#/components/schemas/RoomEventRoomOpened',
        'room.closed': '#/components/schemas/RoomEventRoomClosed',
        'room.lost': '#/components/schemas/RoomEventRoomClosed',
      },
    },
  })
})

test('answers: 200, 204 for nothing, both where it may be nothing', () => {
  const { paths } = read()
  const good = (path: string) => Object.keys(paths[path].post.responses).filter((status) => status.startsWith('2'))
  expect(good('/api/v1/rooms.list')).toEqual(['200'])
  expect(good('/api/v1/rooms.create')).toEqual(['204'])
  expect(good('/api/v1/rooms.find')).toEqual(['200', '204'])
  expect(paths['/api/v1/health'].post.requestBody).toBeUndefined()
  expect(paths['/api/v1/signIn'].post.requestBody.required).toBe(false)
})

test('refusals: per status the codes that the procedure can give, those of the token only where one is needed', () => {
  const { paths, components } = read()
  const codesOf = (path: string) => {
    const responses = Object.entries<{ $ref?: string }>(paths[path].post.responses).filter(([status]) => status >= '4')
    return Object.fromEntries(
      responses.map(([status, response]) => {
        const found = JSON.stringify(response.$ref ? components.responses[response.$ref.split('/').at(-1)!] : response)
        return [status, JSON.parse(/"enum":(\[[^\]]*\])/.exec(found)![1]!)]
      }),
    )
  }
  expect(codesOf('/api/v1/rooms.create')).toEqual({
    400: ['BAD_INPUT'],
    401: ['NO_TOKEN'],
    404: ['NOT_FOUND'],
    503: ['BUSY'],
  })
  expect(codesOf('/api/v1/signIn')).toEqual({ 400: ['BAD_INPUT'], 401: ['WRONG_PASSWORD'], 503: ['BUSY'] })
  expect(Object.keys(components.responses)).toEqual(['Problem400', 'Problem401', 'Problem503'])
  expect(components.responses.Problem503.headers).toHaveProperty('Retry-After')
  expect(components.schemas.Problem.properties).toHaveProperty('retryAfterMs')
})

test('tokens: a scheme for all, none for anyone, a choice where nothing is said', () => {
  const { paths, components, security } = read()
  expect(security).toEqual([{ bearer: [] }])
  expect(components.securitySchemes.bearer).toEqual({ type: 'http', scheme: 'bearer' })
  expect(paths['/api/v1/signIn'].post.security).toEqual([])
  expect(paths['/api/v1/rooms.create'].post.security).toBeUndefined()
  const open = t.router({ a: t.procedure.query(() => 1) })
  expect(buildOpenApi(describeRouter(open), { title: 'A', version: '1' })).not.toHaveProperty('security')
})

test('a key against repetition can be a header', () => {
  expect(read().paths['/api/v1/rooms.create'].post.parameters).toMatchObject([
    { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 64 } },
  ])
})

test('a subscription is a stream of events', () => {
  const watch = read().paths['/trpc/rooms.watch'].get
  const schema = { $ref: '#/components/schemas/RoomEvent' }
  const enveloped = { required: ['json'], properties: { json: schema } }
  expect(watch.responses['200'].content).toMatchObject({ 'text/event-stream': { schema: enveloped } })
  expect(watch.parameters).toMatchObject([
    { name: 'input', in: 'query', required: true, content: { 'application/json': { schema: { type: 'object' } } } },
  ])
  const bare = initTRPC.meta<Meta>().create()
  const event = z.object({ n: z.number() }).meta({ id: 'Tick' })
  const typed = bare.router({ w: bare.procedure.meta({ event }).subscription(async function* () {}) })
  const document = buildOpenApi(describeRouter(typed), { title: 'A', version: '1', trpcPath: '/rpc' })
  expect(document.paths).toMatchObject({
    '/rpc/w': {
      get: {
        responses: { 200: { content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/Tick' } } } } },
      },
    },
  })
})
