export type Wanted = { start: number; end: number } | 'all' | 'none'

/**
 * What of a file the header Range asks for, by RFC 9110: a part, all of it (also where the header asks for several parts, or
 * makes no sense), or nothing, where the part is beyond the end.
 */
export function rangeOf(header: string | undefined, size: number): Wanted {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.replaceAll(' ', '') ?? '') ?? []
  if (first === '' && last === '') return 'all'
  if (first === '') return Number(last) === 0 ? 'none' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)]
  if (last !== '' && Number(last) < start) return 'all'
  return start >= size ? 'none' : { start, end }
}
