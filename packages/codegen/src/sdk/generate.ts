import { readdirSync, readFileSync } from 'node:fs'
import type { RouterDescription } from '../router.ts'
import { clientFile } from './client.ts'
import { errorsFile, indexFile, proceduresFile, typesFile } from './files.ts'
import { createModel } from './model.ts'
import { header, type SdkOptions } from './options.ts'

// The same from src/sdk and from dist/sdk.
const runtimeDirectory = new URL('../../runtime/', import.meta.url)

/** The files of the SDK of a router: name (with `/`) to text. The same router gives the same texts, byte for byte. */
export function generateSdk(router: RouterDescription, options: SdkOptions = {}): Map<string, string> {
  const model = createModel(router, options)
  return new Map([
    ['client.ts', clientFile(model)],
    ['errors.ts', errorsFile(model)],
    ['index.ts', indexFile(model)],
    ['procedures.ts', proceduresFile(model)],
    ...runtimeFiles(),
    ['types.ts', typesFile(model)],
  ])
}

function runtimeFiles(): [string, string][] {
  const names = readdirSync(runtimeDirectory).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return names.sort().map((name) => [`runtime/${name}`, header + readFileSync(new URL(name, runtimeDirectory), 'utf8')])
}
