/**
 * A value as plain JSON: dates as ISO 8601, bigints as decimal strings, sets as arrays, maps as arrays of pairs;
 * undefined fields are left out. The way back is `decodeJson`.
 */
export function encodeJson(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'undefined':
    case 'function':
    case 'symbol':
      return null
    case 'object':
      return value === null ? null : encodeObject(value)
    default:
      return value
  }
}

function encodeObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(encodeJson)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Set) return [...value].map(encodeJson)
  if (value instanceof Map) return [...value].map(([key, item]) => [encodeJson(key), encodeJson(item)])
  if ('toJSON' in value && typeof value.toJSON === 'function') return encodeJson(value.toJSON())
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function')
  return Object.fromEntries(entries.map(([key, item]) => [key, encodeJson(item)]))
}
