import { newId } from '../../src/ids.ts'
import { forAnyone, inPerson, managing, type Row, reads, writes } from './world.ts'

const others = { stranger: 'NOT_FOUND', related: 'NOT_FOUND', admin: 'NOT_FOUND' }
const later = () => new Date(Date.now() + 60_000)

/** The rows of the users router. */
export const users: Record<string, Row> = {
  'users.signUp': {
    call: (client) => client.users.signUp({ userName: 'matrix', email: 'matrix@example.com', password: 'password' }),
    answers: { ...forAnyone('EMAIL_TAKEN'), anonymous: 'ok' },
  },
  'users.signIn': {
    call: (client) => client.users.signIn({ identifier: newId('user'), password: 'password' }),
    answers: forAnyone('WRONG_CREDENTIALS'),
  },
  'users.requestPasswordReset': {
    call: (client) => client.users.requestPasswordReset({ email: 'nobody@example.com' }),
    answers: forAnyone('ok'),
  },
  'users.resetPassword': {
    call: (client) => client.users.resetPassword({ token: 'none', password: 'password' }),
    answers: forAnyone('LINK_INVALID'),
  },
  'users.verifyEmail': {
    call: (client) => client.users.verifyEmail({ token: 'none' }),
    answers: forAnyone('LINK_INVALID'),
  },
  'users.requestEmailVerification': { call: (client) => client.users.requestEmailVerification(), answers: writes() },
  'users.signOut': { call: (client) => client.users.signOut(), answers: writes() },
  'users.me': { call: (client) => client.users.me(), answers: reads() },
  'users.get': {
    call: (client, { ownerId }) => client.users.get({ userId: ownerId }),
    answers: reads({ service: 'ok' }),
  },
  'users.list': { call: (client) => client.users.list(), answers: reads({ service: 'ok' }) },
  'users.export': {
    call: async (client) => {
      for await (const _ of client.users.export()) break
    },
    answers: reads(),
  },
  'users.update': { call: (client) => client.users.update({ firstName: 'New' }), answers: writes() },
  'users.changePassword': {
    call: (client) => client.users.changePassword({ currentPassword: 'wrong', password: 'password' }),
    answers: inPerson({
      stranger: 'WRONG_PASSWORD',
      related: 'WRONG_PASSWORD',
      owner: 'WRONG_PASSWORD',
      admin: 'WRONG_PASSWORD',
    }),
  },
  'users.create': {
    call: (client) => client.users.create({ userName: `made-${newId('user').slice(-20)}` }),
    answers: managing(),
  },
  'users.remove': {
    call: (client, { ownerId }) => client.users.remove({ userId: ownerId }),
    answers: managing({ owner: 'ok' }),
  },
  'users.setRoles': {
    call: (client, { relatedId }) => client.users.setRoles({ userId: relatedId, roles: ['support'] }),
    answers: managing({ service: 'NOT_ALLOWED' }),
  },
  'users.devices.list': { call: (client) => client.users.devices.list(), answers: reads() },
  'users.devices.revoke': {
    call: (client, { deviceId }) => client.users.devices.revoke({ deviceId }),
    answers: writes(others),
  },
  'users.mfa.enroll': { call: (client) => client.users.mfa.enroll(), answers: inPerson() },
  'users.mfa.confirm': {
    call: (client) => client.users.mfa.confirm({ code: '123456' }),
    answers: inPerson({ stranger: 'MFA_OFF', related: 'MFA_OFF', owner: 'MFA_OFF', admin: 'MFA_OFF' }),
  },
  'users.mfa.disable': {
    call: (client) => client.users.mfa.disable({ code: '123456' }),
    answers: inPerson({ stranger: 'MFA_OFF', related: 'MFA_OFF', owner: 'MFA_OFF', admin: 'MFA_OFF' }),
  },
  'users.mfa.recoveryCodes': {
    call: (client) => client.users.mfa.recoveryCodes({ code: '123456' }),
    answers: inPerson({ stranger: 'MFA_OFF', related: 'MFA_OFF', owner: 'MFA_OFF', admin: 'MFA_OFF' }),
  },
  'users.apiKeys.create': {
    call: (client) => client.users.apiKeys.create({ name: 'New', scopes: ['users:read'], expiresAt: later() }),
    answers: writes({ acting: 'NOT_ALLOWED' }),
  },
  'users.apiKeys.list': { call: (client) => client.users.apiKeys.list(), answers: reads() },
  'users.apiKeys.revoke': {
    call: (client, { apiKeyId }) => client.users.apiKeys.revoke({ apiKeyId }),
    answers: writes({ stranger: 'NOT_FOUND', related: 'NOT_FOUND', admin: 'NOT_FOUND', service: 'NOT_FOUND' }),
  },
  'users.friends.request': {
    call: (client, { ownerId }) => client.users.friends.request({ userId: ownerId }),
    answers: writes({ owner: 'NOT_YOURSELF', fullKey: 'NOT_YOURSELF', acting: 'NOT_YOURSELF' }),
  },
  'users.friends.accept': {
    call: (client, { requesterId }) => client.users.friends.accept({ userId: requesterId }),
    answers: writes(others),
  },
  'users.friends.decline': {
    call: (client, { requesterId }) => client.users.friends.decline({ userId: requesterId }),
    answers: writes(others),
  },
  'users.friends.remove': {
    call: (client, { relatedId }) => client.users.friends.remove({ userId: relatedId }),
    answers: writes(others),
  },
  'users.friends.list': { call: (client) => client.users.friends.list(), answers: reads() },
  'users.blocks.add': {
    call: (client, { relatedId }) => client.users.blocks.add({ userId: relatedId }),
    answers: writes({ related: 'NOT_YOURSELF' }),
  },
  'users.blocks.remove': {
    call: (client, { blockedId }) => client.users.blocks.remove({ userId: blockedId }),
    answers: writes(others),
  },
  'users.blocks.list': { call: (client) => client.users.blocks.list(), answers: reads() },
  'users.presence.set': { call: (client) => client.users.presence.set({ status: 'busy' }), answers: writes() },
  'users.presence.get': {
    call: (client, { ownerId }) => client.users.presence.get({ userIds: [ownerId] }),
    answers: reads({ stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }),
  },
  'users.audit.list': {
    call: (client) => client.users.audit.list(),
    answers: managing({ service: 'NOT_ALLOWED' }),
  },
}
