import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSession } from './session.tsx'

type Answer = { id: string } | { code: string }

/** What the server answers from now on to `users.me`, and to all other calls. */
let answers: { me: Answer; other: Answer }
const reload = vi.fn()

beforeEach(() => {
  reload.mockClear()
  answers = { me: { id: 'usr_1' }, other: { code: 'TOKEN_INVALID' } }
  vi.stubGlobal('location', { origin: 'http://localhost', reload })
  vi.stubGlobal('fetch', async (url: string) => {
    const { me, other } = answers
    const [answer] = [url.includes('users.me') ? me : other]
    const error = 'code' in answer && {
      json: { message: '', code: -32001, data: { code: answer.code, httpStatus: 401 } },
    }
    return Response.json([error ? { error } : { result: { data: { json: answer } } }])
  })
})
afterEach(() => void vi.unstubAllGlobals())

function start() {
  const onMe = vi.fn()
  const onEnd = vi.fn()
  return { onMe, onEnd, session: createSession({ onMe, onEnd }) }
}

test('says whether anybody is signed in', async () => {
  const { onMe, onEnd, session } = start()
  expect(await session.check()).toBeUndefined()
  expect(onMe).toHaveBeenCalledWith({ id: 'usr_1' })
  answers.me = { code: 'INTERNAL' }
  expect(await session.check()).toBeDefined()
  expect(onEnd).not.toHaveBeenCalled()
  answers.me = { code: 'NOT_SIGNED_IN' }
  const stranger = start()
  await stranger.session.check()
  expect(stranger.onEnd).toHaveBeenCalledExactlyOnceWith('nobody')
})

test('a call that was refused while the token changed ends nothing; one that nobody is signed in for ends once', async () => {
  const { onEnd, session } = start()
  await session.check()
  await session.client.messages.rooms.list.safe()
  await vi.waitFor(session.check)
  expect(onEnd).not.toHaveBeenCalled()
  answers.me = { code: 'TOKEN_INVALID' }
  await Promise.all([1, 2, 3].map(() => session.client.messages.rooms.list.safe()))
  await session.check()
  expect(onEnd).toHaveBeenCalledExactlyOnceWith('expired')
})

test('starts anew where somebody else has signed in, in another tab', async () => {
  const { session } = start()
  await session.check()
  expect(reload).not.toHaveBeenCalled()
  answers.me = { id: 'usr_2' }
  await session.check()
  expect(reload).toHaveBeenCalledOnce()
})
