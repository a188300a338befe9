import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { findAddress } from '../../src/db/embedded/address.ts'

/** How the servers on a data directory reach their Postgres. */
export async function readConnection(data: string): Promise<pg.ClientConfig> {
  const home = join(data, 'postgres')
  const { application } = JSON.parse(await readFile(join(home, 'passwords.json'), 'utf8'))
  return { ...(await findAddress(home)), user: 'antiphon', password: application, database: 'antiphon' }
}
