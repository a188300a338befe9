import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startMailingServer } from './mail.fixture.ts'

/** A port where nobody listens, until `open` leads it to another. */
async function closedPort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const open = async (target: number) => {
    server.on('connection', (socket) => {
      const through = connect(target, '127.0.0.1')
      for (const end of [socket, through]) end.on('error', () => {})
      socket.pipe(through).pipe(socket)
      socket.on('close', () => through.destroy())
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  return { url: `smtp://127.0.0.1:${port}`, open, close: () => server.close() }
}

const port = await closedPort()
const { smtp, jobs, settled, query, signUp, nextToken, anyone } = await startMailingServer({ smtpUrl: port.url })
afterAll(() => port.close())

const soon = { timeout: 15_000, interval: 20 }
const tryNow = () => query('update graphile_worker._private_jobs set run_at = now() where locked_at is null')

describe('a mail', () => {
  test('waits for a mail server that is down, and goes out when it is back', async () => {
    const { user, client } = await signUp()
    const tried = (attempts: number) =>
      vi.waitFor(
        async () =>
          expect(await jobs()).toMatchObject([
            { task: 'users.mailVerification', attempts, lastError: expect.stringContaining('ECONNREFUSED') },
          ]),
        soon,
      )
    await tried(1)
    await tryNow()
    await tried(2)
    await port.open(Number(new URL(smtp.url).port))
    await tryNow()
    await anyone.users.verifyEmail({ token: await nextToken(user.email ?? '') })
    expect((await client.users.me()).emailVerified).toBe(true)
    await settled()
    expect(smtp.mails).toHaveLength(1)
  })

  test('that is refused for now is sent later, with a link that works', async () => {
    smtp.refuse(() => 451)
    const { user } = await signUp()
    await vi.waitFor(
      async () => expect(await jobs()).toMatchObject([{ attempts: 1, lastError: expect.stringContaining('451') }]),
      soon,
    )
    smtp.refuse(() => undefined)
    await tryNow()
    await anyone.users.verifyEmail({ token: await nextToken(user.email ?? '') })
    await settled()
  })

  test('that is refused for good is not tried again, and others go out', async () => {
    const refused: string[] = []
    smtp.refuse((to) => {
      if (!to.startsWith('gone')) return undefined
      refused.push(to)
      return 550
    })
    const gone = await signUp('gone')
    const other = await signUp()
    await nextToken(other.user.email ?? '')
    await settled()
    expect(refused).toEqual([gone.user.email])
    smtp.refuse(() => undefined)
    await gone.client.users.requestEmailVerification()
    await anyone.users.verifyEmail({ token: await nextToken(gone.user.email ?? '') })
  })

  test('to somebody who was removed meanwhile is not sent', async () => {
    smtp.refuse(() => 451)
    const { user, client } = await signUp('leaver')
    await vi.waitFor(async () => expect(await jobs()).toMatchObject([{ attempts: 1 }]), soon)
    await client.users.remove({ password: 'password of leaver' })
    smtp.refuse(() => undefined)
    await tryNow()
    await settled()
    expect(smtp.mails.filter(({ to }) => to.includes(user.email ?? ''))).toEqual([])
  })
})
