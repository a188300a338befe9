import { expect, test } from 'vitest'
import { findTotals, keyOfListener, labelsOf, listenerOf, namesOf } from '../../src/royalties/report/store.ts'
import {
  addToTotals,
  feesOf,
  firstListener,
  lastLineOf,
  listenersOf,
  listenersOfImport,
  playsOf,
  rightsIn,
  totalsIn,
  uncountedImports,
} from '../../src/royalties/totals/store.ts'
import { labelId, listenerId, memberId, openAccounts, period } from './accounts.ts'
import { testPlans } from './house.ts'

const { plansOf } = await openAccounts()
const facts = { period, bookedUpTo: period, without: [1] }
const total = { model: 'pro-rata-seconds', payee: labelId, seconds: 1n, streams: 1n, listeners: 1n, weight: 1n }
const tracks = Array.from({ length: 10 }, (_, at) => 1 + at * 7)
const listeners = Array.from({ length: 100 }, (_, at) => 1 + at * 7)

testPlans(plansOf, [
  ['what some listeners heard', (db) => playsOf(db, facts, { keys: listeners }, 30), /streams_pkey/],
  ['what those from one on heard', (db) => playsOf(db, facts, { from: 1, before: 101 }, 30), /streams_pkey/],
  ['what some listeners paid', (db) => feesOf(db, facts, { keys: listeners }), /listener_fees_(pkey|listener)/],
  ['what those from one on paid', (db) => feesOf(db, facts, { from: 1, before: 101 }), /listener_fees_(pkey|listener)/],
  ['who comes first', (db) => firstListener(db, period, 1), /streams_pkey[\s\S]*listener_fees_/],
  ['who heard a track', (db) => listenersOf(db, period, [1]), /streams_track/],
  ['who heard something of an import', (db) => listenersOfImport(db, 5, { after: 0, lines: 100 }), /streams_import/],
  ['the last line of an import', (db) => lastLineOf(db, 5), /streams_import/],
  ['imports that do not count yet', (db) => uncountedImports(db), /imports_unfinished/],
  ['who gets what of tracks', (db) => rightsIn(db, period, tracks), /track_rights_pkey/],
  ['the totals of a period', (db) => totalsIn(db, period), /royalty_totals_pkey/],
  ['more of a total', (db) => addToTotals(db, period, [total]), /royalty_totals_pkey/],
  ['the labels of a member', (db) => labelsOf(db, memberId), /label_members_user/],
  ['who a user is', (db) => listenerOf(db, memberId), /listeners_user_id_key/],
  ['what streams name a listener by', (db) => keyOfListener(db, listenerId), /listeners_pkey/],
  ['names of labels', (db) => namesOf(db, [{ key: labelId }]), /labels_pkey/],
])

test('a report reads the totals of its period and model alone', async () => {
  const [plan] = await plansOf((db) => findTotals(db, period, ['pro-rata-seconds']))
  expect(plan).toMatch(/royalty_totals_pkey/)
  expect(plan).not.toMatch(/Seq Scan on (royalty_totals|streams|listener_fees)/)
})
