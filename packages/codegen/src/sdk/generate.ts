import { readdirSync, readFileSync } from 'node:fs'
import type { RouterDescription } from '../router.ts'
import { clientFile } from './client.ts'
import { errorsFile, indexFile, proceduresFile, typesFile } from './files.ts'
import { guardsFile } from './guards.ts'
import { mockFile } from './mock.ts'
import { createModel, type SdkModel } from './model.ts'
import { header, type SdkOptions } from './options.ts'
import { hasStreams, streamsFile } from './streams.ts'
import { trpcFile } from './trpc.ts'

// The same from src/sdk and from dist/sdk.
const runtimeDirectory = new URL('../../runtime/', import.meta.url)

/** The files of the SDK of a router: name (with `/`) to text. The same router gives the same texts, byte for byte. */
export function generateSdk(router: RouterDescription, options: SdkOptions = {}): Map<string, string> {
  const model = createModel(router, options)
  const files: [string, string][] = [
    ['client.ts', clientFile(model)],
    ['errors.ts', errorsFile(model)],
    ...(model.ids.length > 0 ? [['ids.ts', guardsFile(model.ids)] as [string, string]] : []),
    ['index.ts', indexFile(model)],
    ['mock.ts', mockFile(model)],
    ['procedures.ts', proceduresFile(model)],
    ...runtimeFiles(model),
    ...(hasStreams(model) ? [['streams.ts', streamsFile(model)] as [string, string]] : []),
    ...(options.trpc === true ? [['trpc.ts', trpcFile(model)] as [string, string]] : []),
    ['types.ts', typesFile(model)],
  ]
  const { importExtension = '.ts' } = options
  return new Map(files.map(([name, text]) => [name, withExtension(text, importExtension)]))
}

/** The core that every SDK carries; the reader of server-sent events and sessions only where there are such. */
function runtimeFiles(model: SdkModel): [string, string][] {
  const names = readdirSync(runtimeDirectory).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const unwanted = new Set([
    ...(hasStreams(model) ? [] : ['sse.ts', 'watch.ts']),
    ...(model.options.sessionHeader === undefined ? ['session.ts'] : []),
  ])
  const wanted = names.filter((name) => !unwanted.has(name)).sort()
  return wanted.map((name) => [`runtime/${name}`, header + readFileSync(new URL(name, runtimeDirectory), 'utf8')])
}

function withExtension(text: string, extension: '.ts' | '.js'): string {
  return extension === '.ts' ? text : text.replace(/(from '\.[^']*)\.ts'/g, `$1${extension}'`)
}
