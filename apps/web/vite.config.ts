import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

/** The server of `pnpm dev`. */
const server = `http://localhost:${process.env.PORT ?? 3000}`

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The SDK from its sources, so that nothing needs to be built first.
  resolve: { conditions: ['antiphon-source', ...defaultClientConditions] },
  build: { target: 'es2023', modulePreload: { polyfill: false } },
  server: {
    port: 5173,
    proxy: { '/trpc': server, '/api': server, '/health': server, '/uploads': server, '/media': server },
  },
})
