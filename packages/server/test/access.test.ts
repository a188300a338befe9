import type { AntiphonClient, RoomId, UserId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { appRouter } from '../src/root.ts'
import { codeOf, startTestServer } from './server.ts'

const { anyone, signUp } = await startTestServer()

interface World {
  roomId: RoomId
  memberId: UserId
}

type Answer = 'ok' | 'NOT_SIGNED_IN' | 'NOT_FOUND' | 'WRONG_CREDENTIALS' | 'USER_NAME_TAKEN' | 'EMAIL_TAKEN'

interface Row {
  call: (client: AntiphonClient, world: World) => Promise<unknown>
  anonymous: Answer
  stranger: Answer
  member: Answer
}

/** Who gets what: nobody, somebody else, a member of the room. Every procedure has its row. */
const matrix: Record<string, Row> = {
  'users.signUp': {
    call: (client) => client.users.signUp({ userName: 'matrix', email: 'matrix@example.com', password: 'password' }),
    anonymous: 'ok',
    stranger: 'EMAIL_TAKEN',
    member: 'EMAIL_TAKEN',
  },
  'users.signIn': {
    call: (client) => client.users.signIn({ identifier: 'nobody', password: 'password' }),
    anonymous: 'WRONG_CREDENTIALS',
    stranger: 'WRONG_CREDENTIALS',
    member: 'WRONG_CREDENTIALS',
  },
  'users.signOut': {
    call: (client) => client.users.signOut(),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'ok',
    member: 'ok',
  },
  'users.me': { call: (client) => client.users.me(), anonymous: 'NOT_SIGNED_IN', stranger: 'ok', member: 'ok' },
  'users.get': {
    call: (client, { memberId }) => client.users.get({ userId: memberId }),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'ok',
    member: 'ok',
  },
  'users.list': { call: (client) => client.users.list(), anonymous: 'NOT_SIGNED_IN', stranger: 'ok', member: 'ok' },
  'messages.rooms.create': {
    call: (client) => client.messages.rooms.create({ name: 'Matrix' }),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'ok',
    member: 'ok',
  },
  'messages.rooms.direct': {
    call: (client, { memberId }) => client.messages.rooms.direct({ userId: memberId }),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'ok',
    member: 'ok',
  },
  'messages.rooms.list': {
    call: (client) => client.messages.rooms.list(),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'ok',
    member: 'ok',
  },
  'messages.send': {
    call: (client, { roomId }) => client.messages.send({ roomId, body: 'Knock, knock' }),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'NOT_FOUND',
    member: 'ok',
  },
  'messages.list': {
    call: (client, { roomId }) => client.messages.list({ roomId }),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'NOT_FOUND',
    member: 'ok',
  },
  'messages.since': {
    call: (client, { roomId }) => client.messages.since({ roomId, after: 0 }),
    anonymous: 'NOT_SIGNED_IN',
    stranger: 'NOT_FOUND',
    member: 'ok',
  },
}

test('every procedure has its row', () => {
  expect(Object.keys(matrix).sort()).toEqual(Object.keys(appRouter._def.procedures).sort())
})

describe.each(Object.entries(matrix))('%s', (_path, { call, ...expected }) => {
  test('answers each kind of caller as the matrix says', async () => {
    const [owner, member, stranger] = [await signUp(), await signUp(), await signUp()]
    const room = await owner.client.messages.rooms.create({ name: 'Closed', memberIds: [member.user.id] })
    const world = { roomId: room.id, memberId: member.user.id }
    const answer = (client: AntiphonClient) =>
      call(client, world).then(
        () => 'ok',
        (error: unknown) => codeOf(Promise.reject(error)),
      )
    const answers = {
      anonymous: await answer(anyone),
      stranger: await answer(stranger.client),
      member: await answer(member.client),
    }
    expect(answers).toEqual(expected)
  })
})
