export type Plan = 'free' | 'pro' | 'business'
export type Category = 'Light' | 'Medium' | 'Heavy'

export interface PlanLimits {
  readonly perSecond: Readonly<Record<Category, number>>
  readonly perDay: Readonly<Partial<Record<Category, number>>>
}

export const plans: Readonly<Record<Plan, PlanLimits>> = {
  free: { perSecond: { Light: 4, Medium: 2, Heavy: 1 }, perDay: { Light: 6_000, Medium: 2_000, Heavy: 1_000 } },
  pro: { perSecond: { Light: 30, Medium: 20, Heavy: 10 }, perDay: { Heavy: 30_000 } },
  business: { perSecond: { Light: 80, Medium: 60, Heavy: 40 }, perDay: { Heavy: 60_000 } },
}

export interface Verdict {
  readonly headers: Readonly<Record<string, string>>
  /** What is used up, where something is. */
  readonly refusal?: 'qps' | 'daily'
}

/** Counts the calls of an account. */
export function createLimiter(planOf: () => Plan) {
  const counts = new Map<string, number>()
  const count = (key: string) => {
    if (counts.size > 1_000) counts.clear()
    const next = (counts.get(key) ?? 0) + 1
    counts.set(key, next)
    return next
  }
  return (category: Category, now: Date): Verdict => {
    const { perSecond, perDay } = plans[planOf()]
    const second = Math.floor(now.getTime() / 1_000)
    const inSecond = count(`${category} ${second}`)
    const inDay = count(`${category} ${now.toISOString().slice(0, 10)}`)
    const daily = perDay[category]
    const headers = (type: string, limit: number, used: number) => ({
      ...{ 'x-ratelimit-category': category, 'x-ratelimit-type': type },
      ...{ 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(Math.max(0, limit - used)) },
    })
    if (daily !== undefined && inDay > daily)
      return { headers: dailyHeaders(now, headers('Daily-limit', daily, inDay)), refusal: 'daily' }
    const qps = headers('QPS', perSecond[category], inSecond)
    if (inSecond > perSecond[category]) return { headers: qpsHeaders(now, qps), refusal: 'qps' }
    return { headers: daily === undefined ? qps : headers('Daily-limit', daily, inDay) }
  }
}

type Headers = Readonly<Record<string, string>>

export function qpsHeaders(now: Date, more: Headers = { 'x-ratelimit-type': 'QPS' }): Headers {
  return { ...more, 'x-ratelimit-reset': String(Math.floor(now.getTime() / 1_000) + 1) }
}

/** A time, where HTTP would have seconds or another form of it. */
export function dailyHeaders(now: Date, more: Headers = { 'x-ratelimit-type': 'Daily-limit' }): Headers {
  const midnight = new Date((Math.floor(now.getTime() / 86_400_000) + 1) * 86_400_000)
  return { ...more, 'retry-after': midnight.toISOString().replace(/\.\d+/, '') }
}

export const tooMany = {
  qps: { code: 429, message: 'You have reached the maximum per-second rate limit for this API. Try again later.' },
  daily: {
    code: 429,
    message: 'You have reached the maximum daily rate limit for this API. Refer to the response header for details.',
  },
  lockKey: {
    code: 429,
    message: 'Too many concurrent requests. A request to change this meeting has already been made.',
  },
  perHost: {
    code: 429,
    message:
      'You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user.',
  },
} as const
