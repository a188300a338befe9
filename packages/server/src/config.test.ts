import { expect, test } from 'vitest'
import { ConfigError, describeDatabase, readConfig, requireServable } from './config.ts'

test('without settings the bundled Postgres in ./data serves on loopback', () => {
  expect(readConfig({}, {})).toEqual({
    database: './data',
    port: 3000,
    host: '127.0.0.1',
    logLevel: 'info',
    production: false,
    lacking: ['PUBLIC_URL', 'SMTP_URL', 'MAIL_FROM'],
    server: {
      secretDirectory: './data',
      mail: 'log',
      allowedOrigins: [],
      trustedProxies: 0,
      issuers: [],
      sessionDays: { idle: 30, max: 180 },
      callsPerMinute: 6_000,
      messagesWindowDays: 30,
      uploads: { maxMegabytes: 1_024, quotaMegabytes: 5_120 },
      ice: { stunUrls: [] },
      sources: { hosts: [] },
    },
  })
})

test('settings of accounts are read, or refused by name', () => {
  const env = {
    PUBLIC_URL: 'https://choir.example',
    SMTP_URL: 'smtp://mail.example:587',
    MAIL_FROM: 'Choir <no-reply@choir.example>',
    ALLOWED_ORIGINS: 'https://app.example, https://other.example:8443',
    AUTH_ISSUERS: '[{"issuer":"https://id.example","audience":"choir","jwks":"https://id.example/jwks"}]',
    TRUSTED_PROXIES: '2',
    SESSION_IDLE_DAYS: '7',
    MESSAGES_WINDOW: '90',
    UPLOAD_MAX_MB: '2',
    UPLOAD_QUOTA_MB: '3',
    RECORDINGS_DAYS: '90',
    ZOOM_URL: 'http://127.0.0.1:4010',
    SOURCE_HOSTS: 'files.choir.internal, 10.0.0.5:8443',
    REDIS_URL: 'redis://redis.internal:6379',
    ANTIPHON_SECRET: 'x'.repeat(32),
  }
  expect(readConfig({}, env)).toMatchObject({
    lacking: [],
    server: {
      ...{ secret: 'x'.repeat(32), publicUrl: 'https://choir.example', trustedProxies: 2 },
      mail: { smtpUrl: 'smtp://mail.example:587', from: 'Choir <no-reply@choir.example>' },
      allowedOrigins: ['https://app.example', 'https://other.example:8443'],
      issuers: [{ issuer: 'https://id.example', audience: 'choir', jwks: 'https://id.example/jwks' }],
      sessionDays: { idle: 7, max: 180 },
      messagesWindowDays: 90,
      recordingDays: 90,
      zoomUrl: 'http://127.0.0.1:4010',
      sources: { hosts: ['files.choir.internal', '10.0.0.5:8443'] },
      uploads: { maxMegabytes: 2, quotaMegabytes: 3 },
      redisUrl: 'redis://redis.internal:6379',
    },
  })
  const wrong = {
    PUBLIC_URL: 'choir',
    ALLOWED_ORIGINS: '*',
    AUTH_ISSUERS: '{',
    ANTIPHON_SECRET: 'short',
    SESSION_MAX_DAYS: '0',
    ZOOM_URL: 'zoom.us',
    SOURCE_HOSTS: 'https://files.choir.internal/',
  }
  expect(() => readConfig({}, wrong)).toThrow(
    /PUBLIC_URL: [\s\S]*ANTIPHON_SECRET: [\s\S]*ALLOWED_ORIGINS: [\s\S]*AUTH_ISSUERS: [\s\S]*SESSION_MAX_DAYS: [\s\S]*ZOOM_URL: [\s\S]*SOURCE_HOSTS: /,
  )
  expect(() => readConfig({}, { SMTP_URL: 'smtp://mail.example' })).toThrow(/MAIL_FROM/)
})

test('in production nothing is served without mail', () => {
  const config = readConfig({}, { NODE_ENV: 'production', PUBLIC_URL: 'https://choir.example' })
  expect(() => requireServable(config)).toThrow(/SMTP_URL, MAIL_FROM/)
  expect(() => requireServable(readConfig({}, {}))).not.toThrow()
})

test('flags go before variables, and empty variables count as unset', () => {
  const config = readConfig({ PORT: '5' }, { PORT: '4', HOST: '', DATABASE_URL: 'postgres://localhost/x' })
  expect(config).toMatchObject({ port: 5, host: '127.0.0.1', database: 'postgres://localhost/x' })
})

test('every problem is reported at once', () => {
  const wrong = { PORT: '70000', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud' }
  expect(() => readConfig({}, wrong)).toThrow(ConfigError)
  expect(() => readConfig({}, wrong)).toThrow(/DATABASE_URL: .*postgres[\s\S]*PORT: [\s\S]*LOG_LEVEL: /)
})

test('a directory named by a flag goes before DATABASE_URL; both flags at once are refused', () => {
  const env = { DATABASE_URL: 'postgres://localhost/precious' }
  expect(readConfig({ DATA_DIR: './scratch' }, env).database).toBe('./scratch')
  expect(() => readConfig({ DATA_DIR: './scratch', DATABASE_URL: 'postgres://localhost/x' }, env)).toThrow(ConfigError)
})

test.each([' ', '-1', '1e3', '70000', 'http'])('%j is no port', (PORT) => {
  expect(() => readConfig({ PORT }, {})).toThrow(/PORT: is a number from 0 to 65535/)
})

test('an address of a database that cannot be read is refused, and never shown with its password', () => {
  expect(() => readConfig({}, { DATABASE_URL: 'postgres://u:secret@host:port/x' })).toThrow(
    /DATABASE_URL: cannot be read/,
  )
  expect(describeDatabase('postgres://u:secret@host:5/things')).toBe('the database "things" at host')
  expect(describeDatabase('./data')).toMatch(/^the bundled Postgres in \/.*data$/)
})

test('settings of S3 are read, and belong together', () => {
  const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
  const env = { S3_BUCKET: 'choir-files', S3_ENDPOINT: 'https://s3.choir.example', S3_REGION: 'eu-1', ...keys }
  expect(readConfig({}, env).server.s3).toEqual({
    ...{ bucket: 'choir-files', endpoint: 'https://s3.choir.example', region: 'eu-1' },
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  })
  expect(readConfig({}, { S3_BUCKET: 'choir-files' }).server.s3).toEqual({ bucket: 'choir-files' })
  expect(() => readConfig({}, { S3_BUCKET: 'choir-files', S3_ACCESS_KEY_ID: 'id' })).toThrow('belong together')
  for (const lone of [keys, { S3_ENDPOINT: 'https://s3.choir.example' }, { S3_REGION: 'eu-1' }])
    expect(() => readConfig({}, lone)).toThrow('need S3_BUCKET')
  expect(() => readConfig({}, { S3_BUCKET: 'Choir', S3_ENDPOINT: 's3' })).toThrow(/S3_BUCKET:[\s\S]*S3_ENDPOINT:/)
})

test('servers that help browsers in rooms are read, and belong to their secret', () => {
  const env = {
    STUN_URLS: 'stun:stun.choir.example, stun:stun.choir.example:3479',
    TURN_URLS: 'turn:turn.choir.example:3478,turns:turn.choir.example?transport=tcp',
    TURN_SECRET: 'shared',
  }
  expect(readConfig({}, env).server.ice).toEqual({
    stunUrls: ['stun:stun.choir.example', 'stun:stun.choir.example:3479'],
    turn: { urls: ['turn:turn.choir.example:3478', 'turns:turn.choir.example?transport=tcp'], secret: 'shared' },
  })
  for (const lone of [{ TURN_URLS: env.TURN_URLS }, { TURN_SECRET: 'shared' }])
    expect(() => readConfig({}, lone)).toThrow('belong together')
  expect(() => readConfig({}, { STUN_URLS: 'turn:x', TURN_URLS: 'https://x' })).toThrow(/STUN_URLS:[\s\S]*TURN_URLS:/)
})
