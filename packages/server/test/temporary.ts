import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory for a test's server; other accounts may pass through it, since Postgres does not run as root. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'antiphon-test-'))
  await chmod(directory, 0o711)
  return directory
}
