import { encodeJson } from '../shape/encode.ts'
import { discriminatorValues, type ObjectShape, type Shape, type Shapes } from '../shape/shape.ts'
import { openNote, typeText } from '../shape/typescript.ts'
import { anchorName, code, prose, table } from './markdown.ts'

/** How shapes are written on a page. */
export interface PageContext {
  readonly shapes: Shapes
  readonly dates: 'Date' | 'string'
  /** The page with the named shapes, as this page links to it. */
  readonly shapesPage: string
}

/** A shape as a table of fields, a list of alternatives, or a line. */
export function shapeText(shape: Shape, context: PageContext): string {
  if (shape.kind === 'object') return fieldTable(shape, context)
  if (shape.kind === 'discriminatedUnion') {
    const note = shape.open ? `${openNote}\n\n` : ''
    const members = shape.members.map((member) => {
      const values = discriminatorValues(member, shape.discriminator, context.shapes).map((value) => code(value))
      const title = `Where ${code(shape.discriminator)} is ${values.join(' or ')}:`
      return member.kind === 'object'
        ? `${title}\n\n${fieldTable(member, context)}`
        : `${title} ${typeLink(member, context)}\n`
    })
    return `${note}${members.join('\n')}`
  }
  if (shape.kind === 'union' && shape.members.some((member) => member.kind === 'object')) {
    const members = shape.members.filter((member) => member.kind !== 'undefined')
    return members
      .map((member) => (member.kind === 'object' ? fieldTable(member, context) : line(member, context)))
      .join('\nor\n\n')
  }
  return line(shape, context)
}

function line(shape: Shape, context: PageContext): string {
  const limits = limitsText(shape)
  return `${typeLink(shape, context)}${limits === '' ? '' : `, ${limits}`}\n`
}

function fieldTable(shape: ObjectShape, context: PageContext): string {
  const rows = fieldRows(shape, '', context)
  if (rows.length === 0) return 'An object without fields.\n'
  return table(['Field', 'Type', 'Required', 'Limits', 'Meaning'], rows)
}

function fieldRows(shape: ObjectShape, prefix: string, context: PageContext): string[][] {
  const rows = shape.fields.flatMap((field) => {
    const name = prefix + field.name
    const row = [code(name), typeLink(field.shape, context), field.optional ? '' : 'yes', limitsText(field.shape)]
    const [inner, suffix] = innerObject(field.shape)
    return [[...row, meaning(field.shape)], ...(inner === undefined ? [] : fieldRows(inner, name + suffix, context))]
  })
  if (shape.extra === undefined) return rows
  return [
    ...rows,
    [`${code(`${prefix}*`)}`, typeLink(shape.extra, context), '', limitsText(shape.extra), 'Any other field.'],
  ]
}

/** The one anonymous object inside a field, whose fields go into the same table. */
function innerObject(shape: Shape): [ObjectShape | undefined, string] {
  if (shape.kind === 'object') return [shape, '.']
  if (shape.kind === 'array' || shape.kind === 'set') {
    const [inner, suffix] = innerObject(shape.element)
    return [inner, `[]${suffix}`]
  }
  if (shape.kind !== 'union') return [undefined, '']
  const solid = solidMembers(shape.members)
  const [only] = solid
  return only !== undefined && solid.length === 1 ? innerObject(only) : [undefined, '']
}

function solidMembers(members: readonly Shape[]): Shape[] {
  return members.filter((member) => member.kind !== 'null' && member.kind !== 'undefined')
}

/** The type of a shape in Markdown, with links to the named shapes in it. */
export function typeLink(shape: Shape, context: PageContext): string {
  switch (shape.kind) {
    case 'ref':
      return `[${code(shape.name)}](${context.shapesPage}#${anchorName(shape.name)})`
    case 'object':
      return 'object'
    case 'array':
    case 'set':
      return `${shape.kind === 'set' ? 'set' : 'list'} of ${bracketed(typeLink(shape.element, context))}`
    case 'record':
    case 'map':
      return `${shape.kind} of ${typeLink(shape.key, context)} to ${typeLink(shape.value, context)}`
    case 'union':
    case 'discriminatedUnion': {
      const members = shape.members.filter((member) => member.kind !== 'undefined')
      return [...new Set(members.map((member) => typeLink(member, context)))].join(' or ')
    }
    case 'intersection':
      return shape.members.map((member) => typeLink(member, context)).join(' and ')
    case 'enum':
    case 'literal': {
      const values = shape.values.filter((value) => value !== undefined)
      const texts = values.map((value) => code(typeText({ kind: 'literal', values: [value] }, context)))
      return [...texts, ...(shape.kind === 'enum' && shape.open ? ['others'] : [])].join(' or ')
    }
    case 'void':
    case 'undefined':
      return 'nothing'
    case 'unknown':
      return 'anything'
    case 'number':
      return code(shape.int ? 'integer' : 'number')
    case 'tuple':
      return `[${shape.items.map((item) => typeLink(item.shape, context) + (item.optional ? '?' : '')).join(', ')}]`
    default:
      return code(typeText(shape, context))
  }
}

function bracketed(text: string): string {
  return / (or|and) /.test(text) ? `(${text})` : text
}

function meaning({ docs }: Shape): string {
  const deprecated = docs?.deprecated === true ? 'Deprecated.' : docs?.deprecated && `Deprecated: ${docs.deprecated}`
  return [docs?.description ?? docs?.title, deprecated]
    .flatMap((text) => (text === undefined ? [] : [prose(text)]))
    .join(' ')
}

/** Lengths, bounds, format, pattern and default in words. */
export function limitsText(shape: Shape): string {
  const value = shape.default && `default ${code(JSON.stringify(encodeJson(shape.default.value)))}`
  return [...limitsOf(shape), ...(value === undefined ? [] : [value])].join(', ')
}

function limitsOf(shape: Shape): string[] {
  switch (shape.kind) {
    case 'union': {
      const solid = solidMembers(shape.members)
      return solid.length === 1 ? solid.flatMap(limitsOf) : []
    }
    case 'string': {
      const patterns = (shape.patterns ?? []).map((pattern) => `matches ${code(pattern)}`)
      return [
        ...(shape.format ? [shape.format] : []),
        ...range(shape.minLength, shape.maxLength, ' characters'),
        ...patterns,
      ]
    }
    case 'array':
    case 'set':
    case 'map':
      return range(shape.minItems, shape.maxItems, ' items')
    case 'number':
      return [...range(safe(shape.minimum), safe(shape.maximum), ''), ...strict(shape), ...steps(shape.multipleOf)]
    case 'bigint':
      return [...range(shape.minimum, shape.maximum, ''), ...strict(shape)]
    case 'date':
      return range(shape.minimum?.toISOString(), shape.maximum?.toISOString(), '')
    default:
      return []
  }
}

type Bound = number | bigint | string | undefined

function range(low: Bound, high: Bound, unit: string): string[] {
  const from = low === 0 && unit !== '' ? undefined : low
  if (from === undefined) return high === undefined ? [] : [`at most ${high}${unit}`]
  if (high === undefined) return [`at least ${from}${unit}`]
  return [from === high ? `exactly ${from}${unit}` : `${from} to ${high}${unit}`]
}

function strict(shape: { exclusiveMinimum?: Bound; exclusiveMaximum?: Bound }): string[] {
  const { exclusiveMinimum: low, exclusiveMaximum: high } = shape
  return [...(low === undefined ? [] : [`more than ${low}`]), ...(high === undefined ? [] : [`less than ${high}`])]
}

function steps(multipleOf: number | undefined): string[] {
  return multipleOf === undefined ? [] : [`a multiple of ${multipleOf}`]
}

/** The bounds of whole numbers as such tell the reader nothing. */
function safe(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) && Math.abs(value ?? 0) === Number.MAX_SAFE_INTEGER ? undefined : value
}
