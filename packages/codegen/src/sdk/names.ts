/** Names that the generated files use themselves; a named shape of the router may have none of them. */
const used = [
  ...['AuthErrorCode', 'CallOptions', 'ClientOptions', 'CommonErrorCode', 'ErrorCode', 'FieldProblem', 'MockCall'],
  'CoreOptions',
  ...['EventStream', 'EventStreamOptions', 'EventStreamStatus', 'IncomingResponse', 'OutgoingRequest', 'Api'],
  ...[
    'AppErrorData',
    'AppErrorShape',
    'AppRecord',
    'AppRouter',
    'AppTypes',
    'createClient',
    'createMockClient',
    'procedures',
  ],
  ...['Array', 'AsyncIterable', 'AsyncIterator', 'Date', 'Error', 'Map', 'Partial', 'Promise', 'Readonly', 'Record'],
  ...['ReadonlyMap', 'ReadonlySet', 'Set'],
]

/** The suffixes of the types that belong to a procedure. */
export const suffixesOfMethod = ['', 'Input', 'Output', 'Item', 'Event', 'Result', 'Error', 'Procedure']

/** Gives each type of the SDK a name of its own. */
export class Names {
  readonly #taken: Set<string>

  constructor(shapeNames: Iterable<string>, own: readonly string[]) {
    const reserved = new Set([...used, ...own])
    this.#taken = new Set(reserved)
    for (const name of shapeNames) {
      if (reserved.has(name))
        throw new Error(`the shape name "${name}" is used by the SDK itself; rename it in .meta({ id })`)
      this.#taken.add(name)
    }
  }

  /** The name that the types of a procedure or a router begin with: `MessagesRooms` for `messages.rooms`. */
  take(path: string, suffixes: readonly string[] = suffixesOfMethod): string {
    const base = pascalCase(path)
    const candidates = [base, `${base}Call`]
    for (let count = 2; ; count++) {
      const found = candidates.find((name) => suffixes.every((suffix) => !this.#taken.has(name + suffix)))
      if (found !== undefined) {
        for (const suffix of suffixes) this.#taken.add(found + suffix)
        return found
      }
      candidates.push(`${base}Call${count}`)
    }
  }
}

/** A name in words of which each begins with a capital letter. */
export function pascalCase(path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(name) ? name : `Call${name}`
}
