import { lengthOf } from '../../time.ts'

/** An amount in minor units of a currency, exactly as it is: `€12.30`. */
export const money = (minor: bigint, currency: string | null) => shown(minor, currency, 0)

/** The same of millionths of minor units, with two digits more. */
export const finely = (micro: bigint, currency: string | null) => shown(micro, currency, 6)

function shown(amount: bigint, currency: string | null, finer: number): string {
  const style = currency === null ? {} : ({ style: 'currency', currency } as const)
  const usual = new Intl.NumberFormat(undefined, style).resolvedOptions().maximumFractionDigits
  const digits = currency === null ? 0 : (usual ?? 2)
  const maximumFractionDigits = digits + Math.min(finer, 2)
  // As text, which is taken to the last digit.
  const text = `${amount}E-${digits + finer}` as `${number}`
  return new Intl.NumberFormat(undefined, { ...style, minimumFractionDigits: digits, maximumFractionDigits }).format(
    text,
  )
}

const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 2 })

/** A part in millionths: `12.34%`. */
export const percent = (ppm: number) => percents.format(ppm / 1_000_000)

/** How long something was heard: `1:02:03`. */
export const heard = (seconds: number) => lengthOf(seconds * 1_000)

const months = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' })

/** A month of accounts, `2026-10`, as people say it. */
export const monthName = (period: string) => months.format(new Date(`${period}-01T00:00:00Z`))
