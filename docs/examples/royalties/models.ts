/** Three listeners who pay 10.00 each: what three tracks get by all fees in one pool, and by the fee of each listener. */
import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const { royalties } = createClient({ url, token }) // Ann keeps the accounts
const suffix = Date.now().toString(36)
const today = new Date().toISOString().slice(0, 10)
const period = today.slice(0, 7)

// #region listening
await royalties.origins.set({ name: 'direct', countsPpm: 1_000_000 }) // all of such a fee is paid out
const heard = [{ X: 6_000 }, { Z: 3_000 }, { X: 3_000, Y: 3_000, Z: 3_000 }] // seconds: 100 minutes, 50, and three times 50
for (const name of ['X', 'Y', 'Z']) {
  const { id: labelId } = await royalties.labels.create({ name: `${name} ${suffix}` })
  await royalties.tracks.create({ externalId: `${name}-${suffix}`, title: name, labelId })
}
for (const [index, plays] of heard.entries()) {
  const fee = { period, grossMinor: 1_000n, currency: 'EUR', origin: 'direct' }
  const { id: listenerId } = await royalties.listeners.create({ externalId: `${index}-${suffix}`, fee })
  for (const [name, seconds] of Object.entries(plays))
    await royalties.streams.create({ playedOn: today, listenerId, trackExternalId: `${name}-${suffix}`, seconds })
}
// #endregion listening

// #region compare
const models = ['pro-rata-seconds', 'user-centric-seconds'] as const
const { lines, poolMinor } = await royalties.compare({ period, models: [...models] })
console.log(poolMinor) // 3000n
for (const { name, amounts } of lines) console.log(name, ...amounts.map(({ amountMinor }) => amountMinor))
// #endregion compare
