/**
 * The last month of a small streaming service, from files to a payment: a catalogue, fees and streams are imported, what is wrong in
 * them is put right, models are compared, the month is settled and closed, and a member of a label follows a cent back to the file.
 */
import { type AntiphonClient, createClient, type ImportId } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

// 1. Ann keeps the accounts. The month is the first that is not closed.
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const client: AntiphonClient = createClient({ url, token })
const { royalties } = client
const months: string[] = []
for await (const { period, state } of royalties.periods.list.all()) if (state !== 'closed') months.unshift(period)
const [period = ''] = months
if (period >= new Date().toISOString().slice(0, 7))
  throw new Error('All months that are over are closed: reset the demo.')

// 2. Files are uploads. What there is to know of them is found out: separators, dates, decimals, columns.
// #region import
async function load(kind: 'tracks' | 'listeners' | 'streams', lines: string[]) {
  const file = new Blob([lines.join('\n')])
  const { id: uploadId } = await client.uploads.upload(file, { name: `${kind}.csv`, type: 'text/csv' })
  const { id: importId } = await royalties.imports.create({ kind, uploadId })
  for (;;) {
    const made = await royalties.imports.get({ importId })
    if (made.state === 'failed') throw new Error(`${made.code}: ${made.problem}`)
    if (made.state === 'done' || made.state === 'duplicate') return made
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
// #endregion import
const [eve, finn] = [`eve-${suffix}`, `finn-${suffix}`]
const [north, south] = [`North ${suffix}`, `South ${suffix}`]
const [solo, duet, lost] = [`solo-${suffix}`, `duet-${suffix}`, `lost-${suffix}`]

// #region files
await load('tracks', [
  'track;title;label;share',
  `${solo};Solo;${north};100`,
  `${duet};Duet;${north};50`, // two holders: two rows
  `${duet};Duet;${south};50`,
])
await load('listeners', ['listener;fee;origin;period;currency', `${eve};7,99;app_store;${period};EUR`])
const [year, month] = period.split('-')
const streams = await load('streams', [
  'track id;user id;date;region;seconds',
  `${solo};${eve};03/${month}/${year};NL;240`,
  `${duet};${eve};14/${month}/${year};nl;180`,
  `${lost};${eve};15/${month}/${year};DE;60`, // a track that the catalogue does not have
  `${duet};${finn};16/${month}/${year};DE;300`, // a listener whom nobody knows
  `${solo};${eve};32/${month}/${year};DE;100`, // no day of the calendar
])
console.log(streams.rowsRead, streams.rowsAccepted, streams.rowsQuarantined)
// #endregion files

// 3. Rows that were not taken wait in quarantine, as they came.
// #region problems
const importId: ImportId = streams.id
for await (const { line, code, raw } of royalties.imports.problems.all({ importId })) console.log(line, code, raw)

await load('listeners', ['listener;fee;origin;period;currency', `${finn};12,99;web;${period};EUR`])
await royalties.imports.resolve({ importId, code: 'UNKNOWN_LISTENER', action: 'retry' })
const row = `${solo};${eve};12/${month}/${year};DE;100` // as it should have been
await royalties.imports.resolve({ importId, lines: [6], action: 'retry', row })
console.log((await royalties.imports.get({ importId })).rowsAccepted)
// #endregion problems

// 4. What the month comes to so far, by each model. Nothing is settled yet.
// #region report
const { poolMinor, lines, suspenseMinor } = await royalties.report({ period, model: 'pro-rata-seconds', limit: 200 })
const paid = lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
console.log(paid + (suspenseMinor ?? 0n) === poolMinor) // always, to the cent

const models = ['pro-rata-seconds', 'pro-rata-streams', 'user-centric-seconds'] as const
const compared = await royalties.compare({ period, models: [...models], limit: 200 })
for (const { name, amounts } of compared.lines) console.log(name, ...amounts.map(({ amountMinor }) => amountMinor))
// #endregion report

// 5. A run settles it and freezes it; closing is for good. What is not over cannot be closed.
// #region close
const run = await royalties.runs.create({ period, model: 'user-centric-seconds' })
console.log(run.payoutsMinor + run.suspenseMinor === run.poolMinor, run.digest.length)
console.log((await royalties.runs.create({ period, model: 'user-centric-seconds' })).duplicate) // once is enough
const { state, statements } = await royalties.periods.close({ period })
console.log(state, statements > 0)
// #endregion close

// 6. Mo is a member of a label, and sees what it gets, and why.
const account = { userName: `mo_${suffix}`, email: `mo_${suffix}@example.com`, password: 'a long passphrase' }
const mo = await createClient({ url }).users.signUp({ ...account, firstName: 'Mo' })
const idOf = (label: string) => {
  const found = compared.lines.find(({ name }) => name === label)
  if (found === undefined) throw new Error(`${label} gets nothing.`)
  return found.labelId
}
const labelId = idOf(north)
await royalties.labels.addMember({ labelId, userId: mo.user.id })
const member = createClient({ url, token: mo.token }).royalties

// #region statement
const { earningsMinor, closingMinor, dueMinor } = await member.statements.get({ period, labelId })
console.log(earningsMinor, closingMinor, dueMinor)
const { items } = await member.statements.lines({ period, labelId })
for (const { title, sharePpm, seconds, amountMinor } of items) console.log(title, sharePpm, seconds, amountMinor)
// #endregion statement

// #region trace
const { id: trackId } = await royalties.tracks.get({ externalId: duet })
const traced = await member.trace({ period, labelId, trackId })
console.log(traced.amountMinor, traced.weight, traced.roundingMicro)
for (const { fileName, line, playedOn, seconds } of traced.items)
  console.log(fileName, line, playedOn.slice(8), seconds)
// #endregion trace
const others = await member.trace.safe({ period, labelId: idOf(south), trackId })
console.log(others.ok ? 'seen' : others.error.code)

// #region paid
const statement = await royalties.statements.markPaid({ period, labelId, reference: 'Transfer 2026-117' })
console.log(statement.dueMinor, statement.payment?.bookedIn !== period)
// #endregion paid

// 7. More comes for the month that is closed. It is taken in late, and accounted in the next one.
// #region late
const late = await load('streams', ['date,user,track,seconds', `${period}-20,${eve},${solo},90`])
const { items: refused } = await royalties.imports.problems({ importId: late.id })
console.log(refused.map(({ code }) => code))
await royalties.imports.resolve({ importId: late.id, code: 'PERIOD_CLOSED', action: 'late' })
const { items: heard } = await royalties.streams.list({ period, importId: late.id })
console.log(heard.map(({ booked }) => booked !== period))
// #endregion late
