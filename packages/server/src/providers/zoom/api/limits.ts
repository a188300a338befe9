/** How much a call weighs at Zoom. */
export type Category = 'light' | 'medium' | 'heavy'

/** How many calls of a category an account has, as far as its answers told. */
export interface Limit {
  readonly perSecond?: number
  readonly perDay?: number
}

export type Limits = Readonly<Partial<Record<Category, Limit>>>

const categories: Readonly<Record<string, Category>> = { light: 'light', medium: 'medium', heavy: 'heavy' }

/** What is known of the limits after one more answer. */
export function learn(limits: Limits, headers: Headers): Limits {
  const category = categories[headers.get('x-ratelimit-category')?.toLowerCase() ?? '']
  const limit = Number(headers.get('x-ratelimit-limit'))
  const type = headers.get('x-ratelimit-type')?.toLowerCase() ?? ''
  if (category === undefined || !Number.isSafeInteger(limit) || limit < 1) return limits
  if (type !== 'qps' && !type.startsWith('daily')) return limits
  return { ...limits, [category]: { ...limits[category], [type === 'qps' ? 'perSecond' : 'perDay']: limit } }
}

/** Of a free account, whose calls of a day are few; known by either number. */
const free = {
  light: { perSecond: 4, perDay: 6_000 },
  medium: { perSecond: 2, perDay: 2_000 },
  heavy: { perSecond: 1, perDay: 1_000 },
} as const
/** Of an account that pays. */
const paid = {
  light: { perSecond: 30, perDay: Number.POSITIVE_INFINITY },
  medium: { perSecond: 20, perDay: Number.POSITIVE_INFINITY },
  heavy: { perSecond: 10, perDay: 30_000 },
} as const

/** The limits of a category: what is known, and what goes with it at Zoom where nothing is. */
export function limitOf(limits: Limits, category: Category): Required<Limit> {
  const { perSecond, perDay } = limits[category] ?? {}
  const least = free[category]
  const isFree =
    (perSecond ?? paid[category].perSecond) <= least.perSecond || (perDay ?? paid[category].perDay) <= least.perDay
  const plan = isFree ? free : paid
  return { perSecond: perSecond ?? plan[category].perSecond, perDay: perDay ?? plan[category].perDay }
}
