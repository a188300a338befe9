import pino from 'pino'
import { type AntiphonOptions, openAntiphon } from '../../src/app.ts'
import { ensureDemo } from '../../src/demo/demo.ts'

/** The demo in this process, with settings that no command has: providers, and a short period. */
export async function serveEmbedded(options: AntiphonOptions, port: number) {
  const opened = await openAntiphon({ log: pino({ level: 'silent' }), ...options })
  await ensureDemo(opened)
  const { url } = await opened.antiphon.listen({ port })
  return { url, stop: opened.antiphon.close }
}
