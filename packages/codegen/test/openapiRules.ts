/** Rules of OpenAPI 3.1 and JSON Schema 2020-12 that a document has to keep; gives what is wrong. */
export function problemsIn(document: Json): string[] {
  const problems: string[] = []
  if (!/^3\.1\.\d+$/.test(String(document.openapi))) problems.push('openapi: not 3.1')
  const info = asJson(document.info)
  if (typeof info.title !== 'string' || typeof info.version !== 'string') problems.push('info: title and version')
  for (const ref of refsIn(document)) if (!leads(document, ref)) problems.push(`${ref}: leads nowhere`)
  const ids: string[] = []
  const tags = Array.isArray(document.tags) ? document.tags.map((tag) => asJson(tag).name) : []
  for (const [path, item] of Object.entries(asJson(document.paths))) {
    if (!path.startsWith('/')) problems.push(`${path}: no slash`)
    for (const [method, value] of Object.entries(asJson(item))) {
      const operation = asJson(value)
      const place = `${method.toUpperCase()} ${path}`
      if (!['get', 'post'].includes(method)) problems.push(`${place}: not a method`)
      ids.push(String(operation.operationId))
      if (!asList(operation.tags).every((tag) => tags.includes(tag)))
        problems.push(`${place}: a tag that is not listed`)
      problems.push(...operationProblems(operation, place, method))
    }
  }
  for (const [name, schema] of Object.entries(asJson(asJson(document.components).schemas))) {
    if (!/^[a-zA-Z0-9._-]+$/.test(name)) problems.push(`${name}: not a name of a component`)
    problems.push(...schemaProblems(schema, name))
  }
  for (const id of ids) {
    if (!/^[\w-]+$/.test(id)) problems.push(`operationId: ${id}`)
    if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push(`operationId twice: ${id}`)
  }
  return [...new Set(problems)]
}

type Json = Readonly<Record<string, unknown>>

function asJson(value: unknown): Json {
  return value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value)) : {}
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function refsIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return []
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : []
  return [...own, ...Object.values(value).flatMap(refsIn)]
}

function leads(document: Json, ref: string): boolean {
  const steps = ref.split('/')
  let found: unknown = document
  for (const step of steps.slice(1)) found = asJson(found)[step]
  return steps[0] === '#' && found !== undefined
}

function operationProblems(operation: Json, place: string, method: string): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const value of asList(operation.parameters)) {
    const { name, in: where, required, schema, content } = asJson(value)
    const key = `${name} in ${where}`
    if (seen.has(key)) problems.push(`${place}: a parameter twice: ${key}`)
    seen.add(key)
    const isWhole =
      typeof name === 'string' && ['query', 'header'].includes(String(where)) && typeof required === 'boolean'
    if (!isWhole || (schema === undefined) === (content === undefined)) problems.push(`${place}: bad parameter ${name}`)
    if (schema !== undefined) problems.push(...schemaProblems(schema, `schema of ${name}`))
    if (content !== undefined) problems.push(...contentProblems(content, `content of ${name}`))
  }
  if (method === 'get' && operation.requestBody !== undefined) problems.push(`${place}: a body`)
  if (operation.requestBody !== undefined)
    problems.push(...contentProblems(asJson(operation.requestBody).content, place))
  const responses = Object.entries(asJson(operation.responses))
  if (responses.length === 0) problems.push(`${place}: no responses`)
  for (const [status, value] of responses) {
    const response = asJson(value)
    const isWhole = typeof response.$ref === 'string' || typeof response.description === 'string'
    if (!isWhole || !/^([2-5]\d\d|default)$/.test(status)) problems.push(`${place}: bad response ${status}`)
    if (response.content !== undefined) problems.push(...contentProblems(response.content, `${place} ${status}`))
  }
  return problems
}

function contentProblems(content: unknown, place: string): string[] {
  const entries = Object.entries(asJson(content))
  if (entries.length === 0) return [`${place}: no content`]
  return entries.flatMap(([type, media]) => {
    const bad = /^[\w-]+\/[\w+-]+$/.test(type) ? [] : [`${place}: ${type} is no media type`]
    return [...bad, ...schemaProblems(asJson(media).schema, place)]
  })
}

const isText = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown) => typeof value === 'number'
const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0
const isFlag = (value: unknown) => typeof value === 'boolean'
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText) && new Set(value).size === value.length
const anything = () => true
const types = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']

const keywords: Readonly<Record<string, (value: unknown) => boolean>> = {
  $ref: isText,
  type: (value) => types.includes(String(value)),
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: anything,
  ...{ title: isText, description: isText, deprecated: isFlag, default: anything, examples: Array.isArray },
  ...{ minLength: isCount, maxLength: isCount, minItems: isCount, maxItems: isCount, uniqueItems: isFlag },
  ...{ minimum: isNumber, maximum: isNumber, exclusiveMinimum: isNumber, exclusiveMaximum: isNumber },
  multipleOf: (value) => isNumber(value) && Number(value) > 0,
  format: isText,
  pattern: (value) => isText(value) && new RegExp(String(value), 'u') !== undefined,
  required: isTexts,
  discriminator: (value) => isText(asJson(value).propertyName),
}

const withSchema = new Set(['items', 'additionalProperties', 'propertyNames', 'not'])
const withSchemas = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])

function schemaProblems(value: unknown, place: string): string[] {
  if (typeof value === 'boolean') return []
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${place}: not a schema`]
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (key === 'properties')
      return Object.entries(asJson(item)).flatMap(([name, inner]) => schemaProblems(inner, `${place}.${name}`))
    if (withSchema.has(key)) return schemaProblems(item, `${place}.${key}`)
    if (withSchemas.has(key)) {
      const list = asList(item)
      return list.length === 0
        ? [`${place}: empty ${key}`]
        : list.flatMap((inner) => schemaProblems(inner, `${place}.${key}`))
    }
    if (key.startsWith('x-')) return []
    return keywords[key]?.(item) === true ? [] : [`${place}: ${key} ${String(item)}`]
  })
}
