import type { Shapes } from '../shape/shape.ts'
import { stringText } from '../shape/typescript.ts'
import { header } from './options.ts'

/** A shape of ids that begin with a word of their own. */
export interface IdShape {
  readonly name: string
  readonly prefix: string
}

/** The named shapes that are a prefix and any text, such as `usr_${string}`. */
export function idShapes(shapes: Shapes): IdShape[] {
  return [...shapes].flatMap(([name, shape]) => {
    if (shape.kind !== 'templateLiteral' || shape.parts.length !== 2) return []
    const [prefix, rest] = shape.parts
    return typeof prefix === 'string' && typeof rest === 'object' && rest.kind === 'string' ? [{ name, prefix }] : []
  })
}

export function guardName({ name }: IdShape): string {
  return `is${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

/** ids.ts: a guard per kind of id. It asks for the prefix only, as the type does, so that ids may change their form. */
export function guardsFile(ids: readonly IdShape[]): string {
  const names = ids.map(({ name }) => `  ${name},\n`).join('')
  const guards = ids.map(
    (id) => `/** Whether a value is a text that begins as a \`${id.name}\` does: with \`${id.prefix}\`. */
export function ${guardName(id)}(value: unknown): value is ${id.name} {
  return typeof value === 'string' && value.startsWith(${stringText(id.prefix)})
}
`,
  )
  return `${header}import type {\n${names}} from './types.ts'\n\n${guards.join('\n')}`
}
