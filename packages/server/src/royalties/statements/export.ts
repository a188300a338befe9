import type { LineRecord, StatementRecord } from './store.ts'

const head = ['Period', 'Label', 'Track', 'Title', 'ISRC', 'Seconds', 'Streams', 'Share %', 'Amount', 'Currency']

/** A statement's lines for a spreadsheet; the line of names is before the first of them. */
export function toCsv(
  { period, name, currency }: Pick<StatementRecord, 'period' | 'name' | 'currency'>,
  lines: readonly LineRecord[],
  { isFirst }: { isFirst: boolean },
): string {
  const digits = digitsOf(currency)
  const rows = lines.map((line) => [
    ...[textField(period), textField(name), textField(line.externalId ?? ''), textField(line.title ?? '')],
    ...[textField(line.isrc ?? ''), String(line.seconds), String(line.streams)],
    ...[decimal(BigInt(line.sharePpm), 4), decimal(line.amountMinor, digits), textField(currency)],
  ])
  return [...(isFirst ? [head] : []), ...rows].map((fields) => `${fields.join(',')}\r\n`).join('')
}

/** How many digits of a currency are behind the point. */
export function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** A whole number as a decimal one. */
export function decimal(units: bigint, digits: number): string {
  if (digits === 0) return String(units)
  const text = String(units < 0n ? -units : units).padStart(digits + 1, '0')
  return `${units < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** What a spreadsheet would take for a formula is text. */
export function textField(text: string): string {
  const safe = /^[\s\p{Cf}]*[=+\-@＝＋－＠\t\r]/u.test(text) ? `'${text}` : text
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
