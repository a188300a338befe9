import { newId } from '../../src/ids.ts'
import { keeping, mayRead, type Row } from './world.ts'

const model = 'pro-rata-seconds'
/** Members see what is theirs; who is a member of nothing may not ask. */
const nobodysMember = { stranger: 'NOT_ALLOWED', admin: 'NOT_ALLOWED', owner: 'NOT_ALLOWED' }
const unseen = {
  stranger: 'NOT_FOUND',
  admin: 'NOT_FOUND',
  owner: 'NOT_FOUND',
  fullKey: 'NOT_FOUND',
  acting: 'NOT_FOUND',
}
/** Nothing is there for anybody, as it is for those who may not see it. */
const noneThere = mayRead({ ...unseen, related: 'NOT_FOUND', service: 'NOT_FOUND' })
const ofMembers = mayRead({ ...nobodysMember, fullKey: 'NOT_ALLOWED', acting: 'NOT_ALLOWED' })

/** The rows of what royalties come to. */
export const settling: Record<string, Row> = {
  'royalties.report': {
    call: (client, { period }) => client.royalties.report({ period, model }),
    answers: ofMembers,
  },
  'royalties.compare': {
    call: (client, { period }) => client.royalties.compare({ period, models: [model, 'user-centric-seconds'] }),
    answers: keeping(),
  },
  'royalties.trace': {
    call: (client, { period, labelId, trackId }) => client.royalties.trace({ period, labelId, trackId }),
    answers: mayRead({ ...unseen, related: 'NO_RUN', service: 'NO_RUN' }),
  },
  'royalties.runs.create': {
    call: (client, { period }) => client.royalties.runs.create({ period, model }),
    answers: keeping(),
  },
  'royalties.runs.get': {
    call: (client) => client.royalties.runs.get({ runId: newId('run') }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.runs.list': { call: (client) => client.royalties.runs.list(), answers: keeping() },
  'royalties.runs.payees': {
    call: (client) => client.royalties.runs.payees({ runId: newId('run') }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.runs.reverse': {
    call: (client) => client.royalties.runs.reverse({ runId: newId('run'), reason: 'x' }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.periods.list': { call: (client) => client.royalties.periods.list(), answers: keeping() },
  'royalties.periods.get': {
    call: (client, { period }) => client.royalties.periods.get({ period }),
    answers: keeping(),
  },
  'royalties.periods.close': {
    call: (client, { period }) => client.royalties.periods.close({ period }),
    answers: keeping('NO_RUN'),
  },
  'royalties.ledger.accounts': { call: (client) => client.royalties.ledger.accounts(), answers: keeping() },
  'royalties.ledger.entries': {
    call: (client) => client.royalties.ledger.entries({ accountId: newId('account') }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.adjustments.create': {
    call: (client, { labelId }) => client.royalties.adjustments.create({ labelId, amountMinor: 1n, reason: 'x' }),
    answers: keeping(),
  },
  'royalties.adjustments.list': {
    call: (client, { labelId }) => client.royalties.adjustments.list({ labelId }),
    answers: mayRead(unseen),
  },
  'royalties.suspense.list': {
    call: (client, { period }) => client.royalties.suspense.list({ period }),
    answers: keeping(),
  },
  'royalties.suspense.resolve': {
    call: (client, { labelId, trackId }) =>
      client.royalties.suspense.resolve({ trackId, shares: [{ labelId, sharePpm: 1 }] }),
    answers: keeping(),
  },
  'royalties.statements.list': {
    call: (client, { labelId }) => client.royalties.statements.list({ labelId }),
    answers: mayRead(unseen),
  },
  'royalties.statements.get': {
    call: (client, { labelId, period }) => client.royalties.statements.get({ labelId, period }),
    answers: noneThere,
  },
  'royalties.statements.lines': {
    call: (client, { labelId, period }) => client.royalties.statements.lines({ labelId, period }),
    answers: noneThere,
  },
  'royalties.statements.export': {
    call: (client, { labelId, period }) => client.royalties.statements.export({ labelId, period }),
    answers: noneThere,
  },
  'royalties.statements.markPaid': {
    call: (client, { labelId, period }) => client.royalties.statements.markPaid({ labelId, period, reference: 'x' }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.imports.create': {
    call: (client) => client.royalties.imports.create({ kind: 'streams', uploadId: newId('upload') }),
    // An upload is somebody's.
    answers: keeping('NOT_ALLOWED'),
  },
  'royalties.imports.get': {
    call: (client) => client.royalties.imports.get({ importId: newId('import') }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.imports.list': { call: (client) => client.royalties.imports.list(), answers: keeping() },
  'royalties.imports.problems': {
    call: (client) => client.royalties.imports.problems({ importId: newId('import') }),
    answers: keeping('NOT_FOUND'),
  },
  'royalties.imports.resolve': {
    call: (client) => client.royalties.imports.resolve({ importId: newId('import'), lines: [1], action: 'discard' }),
    answers: keeping('NOT_FOUND'),
  },
}
