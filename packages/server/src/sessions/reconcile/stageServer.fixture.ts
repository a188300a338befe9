import { createAntiphon } from '../../app.ts'
import { stageProvider } from './stage.fixture.ts'

/** A server in a process of its own, which can be killed: `<database> <folder of files> <address of a stage> <name>`. */
const [database = '', filesDirectory = '', stage = '', asker = ''] = process.argv.slice(2)
const antiphon = await createAntiphon({
  ...{ database, filesDirectory, secret: 'a secret of tests, of no use anywhere else' },
  providers: [stageProvider(stage, { asker })],
  ...{ callsPerMinute: 1_000_000, reconcileEverySeconds: 3 },
})
const { url } = await antiphon.listen({ port: 0 })
console.log(`ready at ${url}`)
