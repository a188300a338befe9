import { createAntiphon } from '../../app.ts'

/** A server in a process of its own, which can be killed: `<database> <folder of files>`. */
const [database = '', filesDirectory = ''] = process.argv.slice(2)
const antiphon = await createAntiphon({
  database,
  filesDirectory,
  secret: 'a secret of tests, of no use anywhere else',
})
const { url } = await antiphon.listen({ port: 0 })
console.log(`ready at ${url}`)
