import { type LiteralValue, resolve, type Shape, type Shapes } from '../shape/shape.ts'
import { commentText, docLines, literalText } from '../shape/typescript.ts'
import { typeImports } from './imports.ts'
import type { Method, SdkModel } from './model.ts'
import { pascalCase } from './names.ts'
import { header } from './options.ts'

/** The events of a subscription. */
export interface StreamModel {
  /** The field that tells their kinds apart, where there are kinds. */
  readonly field: string | undefined
  readonly kinds: readonly EventKind[]
}

interface EventKind {
  readonly values: readonly LiteralValue[]
  readonly type: string
  readonly docs: readonly string[]
}

export function hasStreams(model: SdkModel): boolean {
  return model.methods.some((method) => method.stream !== undefined)
}

/** The endings of the names that a subscription needs for itself. */
export function streamSuffixes(output: Shape | undefined, shapes: Shapes): string[] {
  const kinds = output === undefined ? [] : kindsOf(output, shapes).kinds
  return ['Stream', ...kinds.map(({ values }) => suffixOf(values))]
}

/** The kinds of events, where they are a discriminated union. `name` names the type of one. */
export function eventKinds(output: Shape, shapes: Shapes, name: (shape: Shape, suffix: string) => string): StreamModel {
  const { field, kinds } = kindsOf(output, shapes)
  return {
    field,
    kinds: kinds.map(({ values, shape }) => ({ values, type: name(shape, suffixOf(values)), docs: docLines(shape) })),
  }
}

function kindsOf(output: Shape, shapes: Shapes) {
  const union = resolve(output, shapes)
  if (union?.kind !== 'discriminatedUnion') return { field: undefined, kinds: [] }
  const kinds = union.members.flatMap((shape) => {
    const member = resolve(shape, shapes)
    const field = member?.kind === 'object' && member.fields.find(({ name }) => name === union.discriminator)
    const kind = field ? resolve(field.shape, shapes) : undefined
    return kind?.kind === 'literal' || kind?.kind === 'enum' ? [{ values: kind.values, shape }] : []
  })
  return { field: union.discriminator, kinds }
}

function suffixOf(values: readonly LiteralValue[]): string {
  return `${values.map((value) => pascalCase(String(value))).join('Or')}Event`
}

/** streams.ts: an interface per subscription, and what all streams have. */
export function streamsFile(model: SdkModel): string {
  const body = [statusText(model), baseText, ...model.methods.flatMap(streamText)].join('\n')
  return [
    header,
    `import type { ${model.errorName} } from './errors.ts'\n`,
    typeImports(model, body),
    `\n${body}`,
  ].join('')
}

function streamText({ path, base, output, stream }: Method): string[] {
  if (stream === undefined) return []
  const on = stream.kinds.map(
    ({ values, type, docs }) =>
      `${commentText(docs, '  ')}  on(kind: ${values.map(literalText).join(' | ')}, handler: (event: ${type}) => void): () => void\n`,
  )
  return [
    `/** The events of \`${path}\`. */
export interface ${base}Stream extends EventStream {
${on.join('')}  /** Hears every event, also of kinds that came after this SDK. The function that it gives ends that. */
  onAny(handler: (event: ${output}) => void): () => void
  /** Loops over the events. Leaving the loop closes the stream, unless somebody else listens to it. */
  [Symbol.asyncIterator](): AsyncIterator<${output}, undefined>
}
`,
  ]
}

function statusText({ errorName }: SdkModel): string {
  return `/** Where a stream stands: it connects, is open, waits before it connects anew, or is closed for good. */
export type EventStreamStatus =
  | { readonly state: 'connecting' | 'open' }
  | {
      readonly state: 'waiting'
      /** The server ended the connection, it failed, or it was silent for too long. */
      readonly reason: 'ended' | 'failed' | 'inactive'
      readonly error?: ${errorName}
      readonly retryAt: Date
    }
  | {
      readonly state: 'closed'
      /** Closed by \`close()\` or by the signal, finished by the server, or refused: then \`error\` says why. */
      readonly reason: 'closed' | 'aborted' | 'finished' | 'failed'
      readonly error?: ${errorName}
    }
`
}

const baseText = `/** What every stream of events has. */
export interface EventStream {
  readonly status: EventStreamStatus
  /** The id of the newest event that was handed over, where the server gives events ids. */
  readonly lastEventId: string | undefined
  /** Hears of every change of the status. The function that it gives ends that. */
  onStatus(handler: (status: EventStreamStatus) => void): () => void
  /** Ends the stream. */
  close(): void
}
`
