import { expect, test } from 'vitest'
import { ConfigError, describeDatabase, readConfig } from './config.ts'

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
