/** A day as the calendar has it, `2026-10-31`; undefined where it has none. */
type DateReader = (text: string) => string | undefined

const orders = {
  'yyyy-mm-dd': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)(?:[T ].{0,40})?$/,
  'yyyy/mm/dd': /^(?<y>\d{4})\/(?<m>\d\d?)\/(?<d>\d\d?)$/,
  yyyymmdd: /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)$/,
  'dd.mm.yyyy': /^(?<d>\d\d?)\.(?<m>\d\d?)\.(?<y>\d{4})$/,
  'dd-mm-yyyy': /^(?<d>\d\d?)-(?<m>\d\d?)-(?<y>\d{4})$/,
  'dd/mm/yyyy': /^(?<d>\d\d?)\/(?<m>\d\d?)\/(?<y>\d{4})$/,
  'mm/dd/yyyy': /^(?<m>\d\d?)\/(?<d>\d\d?)\/(?<y>\d{4})$/,
} as const

export type DateFormat = keyof typeof orders

const lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const [firstYear, lastYear] = [1990, 2199]
const remembered = 10_000

/** Reads days that are written in one way. Days repeat: what came before is remembered. */
export function dateReader(format: DateFormat): DateReader {
  const known = new Map<string, string | undefined>()
  return (text) => {
    if (known.has(text)) return known.get(text)
    if (known.size >= remembered) known.clear()
    const day = readDate(text, format)
    known.set(text, day)
    return day
  }
}

function readDate(text: string, format: DateFormat): string | undefined {
  const { y = '', m = '', d = '' } = orders[format].exec(text.trim())?.groups ?? {}
  const [year, month, day] = [Number(y), Number(m), Number(d)]
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const length = month === 2 && !isLeap ? 28 : (lengths[month - 1] ?? 0)
  if (year < firstYear || year > lastYear || day < 1 || day > length) return undefined
  return `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`
}

/** How most of these days are written: of two ways that fit as well, the one with the day first. */
export function findDateFormat(samples: readonly string[]): { format: DateFormat; isSure: boolean } {
  const formats = Object.keys(orders) as DateFormat[]
  const counted = formats.map((format) => ({
    format,
    fits: samples.filter((text) => readDate(text, format) !== undefined).length,
  }))
  const [best = { format: 'yyyy-mm-dd' as const, fits: 0 }] = counted.toSorted((a, b) => b.fits - a.fits)
  const rival = counted.find(({ format }) => format === 'mm/dd/yyyy')
  return { format: best.format, isSure: best.format !== 'dd/mm/yyyy' || rival?.fits !== best.fits }
}

/** Looks on, in more of a file, for a day that can only be written in one of two ways. */
export function slashedOrder(text: string): 'dd/mm/yyyy' | 'mm/dd/yyyy' | undefined {
  for (const [, first = '', second = ''] of text.matchAll(/\b(\d\d?)\/(\d\d?)\/\d{4}\b/g)) {
    if (Number(first) > 12 && Number(second) <= 12) return 'dd/mm/yyyy'
    if (Number(second) > 12 && Number(first) <= 12) return 'mm/dd/yyyy'
  }
  return undefined
}
