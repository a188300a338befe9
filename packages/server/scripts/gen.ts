/** Writes src/db/tables.gen.ts from the migrations, applied to a throw-away server. */
import { rm, writeFile } from 'node:fs/promises'
import { holdServer } from '../src/db/embedded/hold.ts'
import { migrate } from '../src/db/migrate.ts'
import { temporaryDirectory } from '../test/temporary.ts'
import { tablesFile, tableTypes } from './tables.ts'

const directory = await temporaryDirectory()
const server = await holdServer(directory)
try {
  await migrate(server.connection)
  await writeFile(tablesFile, await tableTypes(server.connection))
} finally {
  await server.release()
  await rm(directory, { recursive: true })
}
