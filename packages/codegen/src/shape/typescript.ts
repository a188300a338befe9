import { encodeJson } from './encode.ts'
import type { LiteralValue, ObjectShape, RecordShape, Shape, TemplateLiteralShape, TupleShape } from './shape.ts'

/** How types are written. */
export interface TypeOptions {
  /** How a date arrives: as `Date` with a transformer such as superjson, as `string` without. */
  readonly dates: 'Date' | 'string'
}

const width = 110

/** What readers of an open union have to know. */
export const openNote = 'More kinds may be added; pass over those that you do not know.'

/** The TypeScript type of a shape, written for a line that is indented by `indent`. */
export function typeText(shape: Shape, options: TypeOptions, indent = ''): string {
  switch (shape.kind) {
    case 'ref':
      return shape.readonly ? `Readonly<${shape.name}>` : shape.name
    case 'date':
      return options.dates
    case 'literal':
    case 'enum':
    case 'union':
    case 'discriminatedUnion':
      return joinUnion(memberTexts(shape, options, indent), indent)
    case 'templateLiteral':
      return templateText(shape, options)
    case 'array': {
      const element = typeText(shape.element, options, indent)
      return `${shape.readonly ? 'readonly ' : ''}${needsParentheses(element) ? `(${element})` : element}[]`
    }
    case 'tuple':
      return tupleText(shape, options, indent)
    case 'object':
      return objectText(shape, options, indent)
    case 'record':
      return recordText(shape, options, indent)
    case 'map': {
      const [key, value] = [typeText(shape.key, options, indent), typeText(shape.value, options, indent)]
      return `${shape.readonly ? 'ReadonlyMap' : 'Map'}<${key}, ${value}>`
    }
    case 'set':
      return `${shape.readonly ? 'ReadonlySet' : 'Set'}<${typeText(shape.element, options, indent)}>`
    case 'intersection':
      return shape.members.map((member) => parenthesised(typeText(member, options, indent))).join(' & ')
    default:
      return shape.kind
  }
}

/** All that a type can be; unions within are part of the one around them. */
function memberTexts(shape: Shape, options: TypeOptions, indent: string): string[] {
  switch (shape.kind) {
    case 'literal':
      return shape.values.map(literalText)
    case 'enum':
      return [...shape.values.map(literalText), ...(shape.open ? openTexts(shape.values) : [])]
    case 'union':
    case 'discriminatedUnion':
      return shape.members.flatMap((member) => memberTexts(member, options, indent))
    default:
      return [typeText(shape, options, `${indent}    `)]
  }
}

/** Any other value too, without hiding the known ones from completion. */
function openTexts(values: readonly unknown[]): string[] {
  return [...new Set(values.map((value) => `(${typeof value} & {})`))]
}

/** The declaration of a named type, an interface where it can be one. */
export function declarationText(name: string, shape: Shape, options: TypeOptions): string {
  const isInterface =
    shape.kind === 'object' && shape.extra === undefined && (shape.fields.length > 0 || shape.unknownKeys === 'loose')
  const comment = commentText(docLines(shape), '')
  const text = typeText(shape, options)
  if (isInterface) return `${comment}export interface ${name} ${text}\n`
  return `${comment}export type ${name} =${text.startsWith('\n') ? '' : ' '}${text}\n`
}

/** A documentation comment of these lines; nothing where there are none. */
export function commentText(lines: readonly string[], indent: string): string {
  const safe = lines.flatMap((line) => line.split(/\r?\n/)).map((line) => line.replaceAll('*/', '*\\/').trimEnd())
  const [only] = safe
  if (only === undefined) return ''
  if (safe.length === 1 && only.length + indent.length < width) return `${indent}/** ${only} */\n`
  return `${indent}/**\n${safe.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`
}

/** What the reader of a field or a type should know: description, default, limits, deprecation. */
export function docLines(shape: Shape): string[] {
  const { docs } = shape
  const lines: string[] = []
  if (docs?.description !== undefined) lines.push(docs.description)
  else if (docs?.title !== undefined) lines.push(docs.title)
  if (shape.kind === 'discriminatedUnion' && shape.open) lines.push(openNote)
  if (shape.default !== undefined) lines.push(`@default ${jsonText(shape.default.value)}`)
  for (const [tag, value] of limitsOf(shape)) lines.push(`@${tag} ${value}`)
  for (const example of docs?.examples ?? []) lines.push(`@example ${jsonText(example)}`)
  if (docs?.deprecated !== undefined)
    lines.push(docs.deprecated === true ? '@deprecated' : `@deprecated ${docs.deprecated}`)
  return lines
}

const limitTags = ['format', 'minLength', 'maxLength', 'minItems', 'maxItems', 'multipleOf'] as const
const boundTags = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const

function limitsOf(shape: Shape): [string, string][] {
  if (shape.kind === 'union') {
    const solid = shape.members.filter((member) => member.kind !== 'null' && member.kind !== 'undefined')
    return solid.length === 1 ? solid.flatMap(limitsOf) : []
  }
  if (shape.kind === 'ref' || shape.kind === 'object') return []
  const limits: [string, string][] = []
  for (const tag of [...limitTags, ...boundTags]) {
    const value: unknown = Reflect.get(shape, tag)
    if (value === undefined || (tag === 'minLength' && value === 0) || isSafeLimit(value)) continue
    limits.push([tag, value instanceof Date ? value.toISOString() : String(value)])
  }
  return limits
}

/** The bounds of whole numbers as such tell the reader nothing. */
function isSafeLimit(value: unknown): boolean {
  return value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER
}

function jsonText(value: unknown): string {
  return JSON.stringify(encodeJson(value))
}

function joinUnion(members: readonly string[], indent: string): string {
  const unique = [...new Set(members)]
  if (unique.length === 0) return 'never'
  const line = unique.join(' | ')
  const isLong = line.length + indent.length > width || (unique.length > 1 && line.includes('\n'))
  return isLong ? unique.map((member) => `\n${indent}  | ${member}`).join('') : line
}

function objectText(shape: ObjectShape, options: TypeOptions, indent: string): string {
  const inner = `${indent}  `
  const fields = shape.fields.map((field) => {
    const type = typeText(field.shape, options, inner)
    const name = `${shape.readonly ? 'readonly ' : ''}${keyText(field.name)}${field.optional ? '?' : ''}:`
    return `${commentText(docLines(field.shape), inner)}${inner}${name}${type.startsWith('\n') ? '' : ' '}${type}\n`
  })
  if (shape.unknownKeys === 'loose' && shape.extra === undefined) fields.push(`${inner}[key: string]: unknown\n`)
  const own = fields.length === 0 ? undefined : `{\n${fields.join('')}${indent}}`
  if (shape.extra === undefined) return own ?? 'Record<string, never>'
  const extra = `{ [key: string]: ${typeText(shape.extra, options, indent)} }`
  return own === undefined ? extra : `${own} & ${extra}`
}

function recordText(shape: RecordShape, options: TypeOptions, indent: string): string {
  const record = `Record<${typeText(shape.key, options, indent)}, ${typeText(shape.value, options, indent)}>`
  const partial = shape.partial ? `Partial<${record}>` : record
  return shape.readonly ? `Readonly<${partial}>` : partial
}

function tupleText(shape: TupleShape, options: TypeOptions, indent: string): string {
  const items = shape.items.map((item) => {
    const text = typeText(item.shape, options, indent)
    return item.optional ? `${parenthesised(text)}?` : text
  })
  if (shape.rest !== undefined) items.push(`...${parenthesised(typeText(shape.rest, options, indent))}[]`)
  return `${shape.readonly ? 'readonly ' : ''}[${items.join(', ')}]`
}

function templateText(shape: TemplateLiteralShape, options: TypeOptions): string {
  const parts = shape.parts.map((part) => {
    if (typeof part === 'string') return part.replace(/[`\\]|\$\{/g, '\\$&')
    // An undefined part of a template stands for no text.
    const members = part.kind === 'union' ? part.members : [part]
    const texts = members.map((member) => (member.kind === 'undefined' ? "''" : typeText(member, options)))
    return `\${${texts.join(' | ')}}`
  })
  return `\`${parts.join('')}\``
}

/** A literal as TypeScript writes it. */
export function literalText(value: LiteralValue): string {
  if (typeof value === 'string') return stringText(value)
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

/** A string literal in single quotes. */
export function stringText(value: string): string {
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** The key of an object type or literal, quoted only where it has to be. */
export function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringText(name)
}

function parenthesised(text: string): string {
  return needsParentheses(text) ? `(${text})` : text
}

function needsParentheses(text: string): boolean {
  // A union or an intersection at the top of the text: inside brackets and quotes the bar does not matter.
  let depth = 0
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote !== '') {
      if (char === '\\') at++
      else if (char === quote) quote = ''
    } else if (char === "'" || char === '`') quote = char
    else if ('{[(<'.includes(char)) depth++
    else if ('}])>'.includes(char)) depth--
    else if (depth === 0 && (char === '|' || char === '&')) return true
  }
  return text.startsWith('readonly ')
}
