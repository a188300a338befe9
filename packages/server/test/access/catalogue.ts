import { newId } from '../../src/ids.ts'
import { keeping, mayRead, type Row } from './world.ts'

/** A member sees it, and the accounts; nobody else can tell that it is there. */
const ofMember = mayRead({
  stranger: 'NOT_FOUND',
  admin: 'NOT_FOUND',
  owner: 'NOT_FOUND',
  fullKey: 'NOT_FOUND',
  acting: 'NOT_FOUND',
})
const ofListener = mayRead({ stranger: 'NOT_FOUND', admin: 'NOT_FOUND', related: 'NOT_FOUND' })

/** The rows of what royalties are made of. */
export const catalogue: Record<string, Row> = {
  'royalties.labels.create': {
    call: (client) => client.royalties.labels.create({ name: newId('label') }),
    answers: keeping(),
  },
  'royalties.labels.get': {
    call: (client, { labelId }) => client.royalties.labels.get({ labelId }),
    answers: ofMember,
  },
  'royalties.labels.list': { call: (client) => client.royalties.labels.list(), answers: mayRead() },
  'royalties.labels.update': {
    call: (client, { labelId }) => client.royalties.labels.update({ labelId, kind: 'holder' }),
    answers: keeping(),
  },
  'royalties.labels.remove': {
    call: (client, { labelId }) => client.royalties.labels.remove({ labelId }),
    answers: keeping('IN_USE'),
  },
  'royalties.labels.addMember': {
    call: (client, { labelId, requesterId }) => client.royalties.labels.addMember({ labelId, userId: requesterId }),
    answers: keeping(),
  },
  'royalties.labels.removeMember': {
    call: (client, { labelId, relatedId }) => client.royalties.labels.removeMember({ labelId, userId: relatedId }),
    answers: keeping(),
  },
  'royalties.tracks.create': {
    call: (client) => client.royalties.tracks.create({ externalId: newId('track') }),
    answers: keeping(),
  },
  'royalties.tracks.get': {
    call: (client, { trackId }) => client.royalties.tracks.get({ trackId }),
    answers: keeping(),
  },
  'royalties.tracks.list': { call: (client) => client.royalties.tracks.list(), answers: keeping() },
  'royalties.tracks.update': {
    call: (client, { trackId }) => client.royalties.tracks.update({ trackId, title: 'New' }),
    answers: keeping(),
  },
  'royalties.tracks.remove': {
    call: (client, { trackId }) => client.royalties.tracks.remove({ trackId }),
    answers: keeping('IN_USE'),
  },
  'royalties.rights.set': {
    call: (client, { trackId }) => client.royalties.rights.set({ trackId, from: '2999-12', shares: [] }),
    answers: keeping(),
  },
  'royalties.rights.list': {
    call: (client, { trackId }) => client.royalties.rights.list({ trackId }),
    answers: keeping(),
  },
  'royalties.listeners.create': {
    call: (client) => client.royalties.listeners.create({ externalId: newId('listener') }),
    answers: keeping(),
  },
  'royalties.listeners.get': {
    call: (client, { listenerId }) => client.royalties.listeners.get({ listenerId }),
    answers: ofListener,
  },
  'royalties.listeners.list': { call: (client) => client.royalties.listeners.list(), answers: mayRead() },
  'royalties.listeners.report': {
    call: (client, { listenerId, period }) => client.royalties.listeners.report({ listenerId, period }),
    answers: ofListener,
  },
  'royalties.listeners.update': {
    call: (client, { listenerId }) => client.royalties.listeners.update({ listenerId, userId: null }),
    answers: keeping(),
  },
  'royalties.origins.set': {
    call: (client) => client.royalties.origins.set({ name: 'carrier', from: '2999-12', countsPpm: 1 }),
    answers: keeping(),
  },
  'royalties.origins.list': { call: (client) => client.royalties.origins.list(), answers: keeping() },
  'royalties.policies.set': {
    call: (client) => client.royalties.policies.set({ from: '2999-12' }),
    answers: keeping(),
  },
  'royalties.policies.list': { call: (client) => client.royalties.policies.list(), answers: keeping() },
  'royalties.streams.create': {
    call: (client, { listenerId, trackId, period }) =>
      client.royalties.streams.create({ playedOn: `${period}-02`, listenerId, trackId, seconds: 1 }),
    answers: keeping(),
  },
  'royalties.streams.get': {
    call: (client, { streamId }) => client.royalties.streams.get({ streamId }),
    answers: keeping(),
  },
  'royalties.streams.list': {
    call: (client, { period }) => client.royalties.streams.list({ period }),
    answers: keeping(),
  },
  'royalties.streams.update': {
    call: (client, { streamId }) => client.royalties.streams.update({ streamId, seconds: 1 }),
    answers: keeping(),
  },
  'royalties.streams.remove': {
    call: (client, { streamId }) => client.royalties.streams.remove({ streamId }),
    answers: keeping(),
  },
}
