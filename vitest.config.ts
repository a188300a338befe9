import { defineConfig } from 'vitest/config'

const conditions = ['antiphon-source', 'node']

interface Options {
  exclude?: string[]
  globalSetup?: string
  testTimeout?: number
  isolate?: boolean
}

/** One kind of tests: `units` need nothing, `server` a database, `machine` starts processes and servers of its own. */
function project(name: string, include: string[], options: Options = {}) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include, testTimeout: 60_000, hookTimeout: 60_000, retry: 1, ...options },
  }
}

const embedded = 'packages/server/src/db/embedded/**/*.test.ts'
const processes = 'packages/server/test/{process,torture}/**/*.test.ts'
/** Once is enough, on whichever Postgres: what is about clients, time, limits and HTTP rather than about SQL. */
const once = [
  'packages/server/test/{views,access}/**',
  'packages/server/test/*.test.ts',
  'packages/server/src/{auth,http,jobs,limits,mail,storage,uploads}/**',
  'packages/server/src/meetings/{calendar,joining,rooms}/**',
  'packages/server/src/meetings/{invitations/mails,recordings/{kills,removal,s3,story,table}}.test.ts',
  'packages/server/src/meetings/recordings/{copying,links,playing,preparing}/**',
  'packages/server/src/{demo,providers}/**',
  'packages/server/src/{money,royalties/{models,sources,imports/reading}/*}.test.ts',
  'packages/server/src/royalties/{imports/{formats,quarantine,races},runs/kills}.test.ts',
  'packages/server/src/sessions/{connections,peer,reconcile,retention}/**',
  'packages/server/src/sessions/{export,zoom}.test.ts',
  'packages/server/src/events/{caps,presence,doorbell/*}.test.ts',
  'packages/server/src/users/{session,mfa,mail,apiKeys,devices,export}/**',
]

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      project('units', ['packages/{codegen,client}/{src,test}/**/*.test.ts', 'apps/*/src/**/*.test.ts']),
      project('server', ['packages/server/{src,test}/**/*.test.ts'], {
        exclude: [embedded, processes, ...(process.env.TEST_POSTGRES_BIN === undefined ? [] : once)],
        globalSetup: 'packages/server/test/globalSetup.ts',
        // The files of a worker share its modules, whose import would take longer than many a file: stubs are taken back.
        isolate: false,
      }),
      project('machine', [embedded, processes, 'docs/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'], {
        testTimeout: 120_000,
      }),
    ],
  },
})
