import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The SDK from its sources, so that nothing needs to be built first.
  resolve: { conditions: ['antiphon-source', ...defaultClientConditions] },
  build: { target: 'es2023', modulePreload: { polyfill: false } },
  server: { proxy: { '/trpc': 'http://localhost:3000' } },
})
