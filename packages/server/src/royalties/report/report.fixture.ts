import type { startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

export const period = '2026-10'

/**
 * Ann pays 10.00, of which 9.00 count, and hears A for 300 seconds in two streams and a track of nobody for 100. Bob pays
 * 20.00 by the app store, of which 14.00 count, and hears B for 500 seconds, a track of B and C by halves for 100, and A for 20.
 * Somebody pays 5.55, of which 4.995 count, and hears nothing. The pool is 27.995: 27.99, and what is left is not paid out.
 * `member` is of label A; `ann` is listener Ann; `stranger` is nobody in particular.
 */
export async function makeMonth(server: Awaited<ReturnType<typeof startTestServer>>) {
  const keeper = await accountant(server)
  const member = await server.signUp()
  const ann = await server.signUp()
  const stranger = await server.signUp()
  const { royalties } = keeper.client
  const make = catalogueOf(keeper.client)
  const [a, b, c] = [await make.label('A'), await make.label('B'), await make.label('C')]
  const labels = { a: a.id, b: b.id, c: c.id }
  await royalties.labels.addMember({ labelId: a.id, userId: member.user.id })
  const [ofA, ofB, ofNobody, shared] = [
    await make.track({ labelId: a.id }),
    await make.track({ labelId: b.id }),
    await make.track(),
    await make.track({
      shares: [
        { labelId: b.id, sharePpm: 500_000 },
        { labelId: c.id, sharePpm: 500_000 },
      ],
    }),
  ]
  const anns = await make.listener({ period, grossMinor: 1_000n })
  await royalties.listeners.update({ listenerId: anns.id, userId: ann.user.id })
  const bobs = await make.listener({ period, grossMinor: 2_000n, origin: 'app_store' })
  const silent = await make.listener({ period, grossMinor: 555n })
  const listeners = { ann: anns.id, bob: bobs.id, silent: silent.id }
  const heard = [
    [anns.id, ofA.id, 200],
    [anns.id, ofA.id, 100],
    [anns.id, ofNobody.id, 100],
    [bobs.id, ofB.id, 500],
    [bobs.id, shared.id, 100],
    [bobs.id, ofA.id, 20],
  ] as const
  for (const [listenerId, trackId, seconds] of heard)
    await make.stream({ playedOn: '2026-10-05', listenerId, trackId, seconds })
  return { keeper, member, ann, stranger, labels, listeners }
}
