import { expect, test } from 'vitest'
import { newId } from '../../src/ids.ts'
import { listAdjustments } from '../../src/royalties/adjustments/store.ts'
import { listAccounts, listEntries } from '../../src/royalties/ledger/store.ts'
import { countsOf, listPeriods } from '../../src/royalties/periods/store.ts'
import {
  findRun,
  firstLateRun,
  lateMonths,
  linesOf,
  listPayees,
  listRuns,
  standingRun,
} from '../../src/royalties/runs/store.ts'
import { makeStatements } from '../../src/royalties/statements/make.ts'
import { findStatement, listLines, listPayments, listStatements } from '../../src/royalties/statements/store.ts'
import { givenOf, suspendedByRun, suspendedOf, unassignedSoFar } from '../../src/royalties/suspense/store.ts'
import { findLine, listStreamsOf } from '../../src/royalties/trace/store.ts'
import { labelId, openAccounts, period, runId } from './accounts.ts'
import { testPlans, type Work } from './house.ts'

const { plansOf } = await openAccounts()
const page = { after: undefined, before: undefined, limit: 51 }
const accountId = newId('account')
const every = { period: undefined, labelId: undefined, ...page }

testPlans(plansOf, [
  ['a run', (db) => findRun(db, runId), /royalty_runs_pkey/],
  ['the run that stands', (db) => standingRun(db, period), /royalty_runs_(standing|period)/],
  ['all runs', (db) => listRuns(db, every), /royalty_runs_pkey/],
  ['runs of a period', (db) => listRuns(db, { ...every, period }), /royalty_runs_(period|pkey)/],
  ['what it gives a payee', (db) => linesOf(db, runId, labelId), /royalty_run_lines_(pkey|track)/],
  [
    'late facts',
    (db) => lateMonths(db, '2026-11'),
    /streams_late[\s\S]*listener_fees_late|listener_fees_late[\s\S]*streams_late/,
  ],
  ['who first took in late facts', (db) => firstLateRun(db, period), /royalty_adjustments_/],
  ['what was given of a track', (db) => givenOf(db, 1), /royalty_adjustments_track/],
  ['entries', (db) => listEntries(db, accountId, { limit: 51 }), /ledger_entries_account/],
  ['accounts of a label', (db) => listAccounts(db, { ...every, at: undefined, kind: 'payable', labelId }), /ledger_/],
  ['a statement', (db) => findStatement(db, { period, labelId }), /royalty_statements_(pkey|label)/],
  ['statements of a label', (db) => listStatements(db, { ...every, labelId }), /royalty_statements_label/],
  ['statements of a period', (db) => listStatements(db, { ...every, period }), /royalty_statements_pkey/],
  ['payments', (db) => listPayments(db, { period, labelId }, 200), /royalty_payments_label/],
  ['a line', (db) => findLine(db, { runId, labelId, trackKey: 1 }), /royalty_run_lines_(pkey|track)/],
  [
    'streams of a track',
    (db) => listStreamsOf(db, { period, trackKey: 1, ...page }),
    /streams_track|imports_unfinished/,
  ],
])

// Months are few, and names of a page may come from reading all.
test.each<[string, Work, RegExp]>([
  ['who a run pays', (db) => listPayees(db, runId, page), /royalty_run_payees_pkey/],
  ['lines of a statement', (db) => listLines(db, { runId, payee: labelId }, page), /royalty_run_lines_(pkey|track)/],
  ['what is suspended', (db) => suspendedByRun(db, { id: runId, period }, page), /royalty_run_lines_pkey/],
  ['adjustments of a label', (db) => listAdjustments(db, { ...every, labelId }), /royalty_adjustments_/],
  ['adjustments of a period', (db) => listAdjustments(db, { ...every, period }), /royalty_adjustments_/],
])('an index serves %s, but for names', async (_what, work, expected) => {
  const [plan] = await plansOf(work)
  expect(plan).toMatch(expected)
  expect(plan).not.toMatch(/Seq Scan on (?!royalty_periods|labels|tracks)/)
})

// Months and their runs are few; statements are made of the whole ledger, once a month.
test.each<[string, Work, RegExp]>([
  ['what is suspended so far', (db) => unassignedSoFar(db, '2026-11', page), /streams_track/],
  ['what is suspended of a track', (db) => suspendedOf(db, 1), /royalty_adjustments_track/],
  ['months', (db) => listPeriods(db, page), /royalty_periods/],
  ['what is in the way of closing', (db) => countsOf(db, period), /streams_late[\s\S]*royalty_statements_/],
  [
    'what statements are made of',
    (db) => makeStatements(db, { period, runId, currency: 'EUR', minimumPayoutMinor: 0n }),
    /royalty_run_payees_pkey/,
  ],
])('nothing large is read whole for %s, but for the ledger', async (_what, work, expected) => {
  const plans = await plansOf(work)
  expect(plans.at(-1)).toMatch(expected)
  for (const plan of plans) {
    expect(plan).not.toMatch(/Seq Scan on (?!royalty_periods|royalty_runs|labels|tracks|ledger_)/)
  }
})
