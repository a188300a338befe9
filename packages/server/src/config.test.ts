import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

test('without settings the bundled Postgres in ./data serves on loopback', () => {
  expect(readConfig({}, {})).toEqual({
    database: './data',
    port: 3000,
    host: '127.0.0.1',
    logLevel: 'info',
    production: false,
  })
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
