import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['antiphon-source', 'module', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['antiphon-source', 'module', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/{src,test,runtime}/**/*.test.ts', 'docs/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
  },
})
