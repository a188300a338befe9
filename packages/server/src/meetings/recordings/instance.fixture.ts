import { createAntiphon } from '../../app.ts'
import { providerOf } from './copying/provider.fixture.ts'

/** A server in a process of its own, which can be killed: `<database> <folder of files> <address of a library>`. */
const [database = '', filesDirectory = '', library = ''] = process.argv.slice(2)
const antiphon = await createAntiphon({
  ...{ database, filesDirectory, secret: 'a secret of tests, of no use anywhere else' },
  providers: [providerOf(library)],
  callsPerMinute: 1_000_000,
})
const { url } = await antiphon.listen({ port: 0 })
console.log(`ready at ${url}`)
