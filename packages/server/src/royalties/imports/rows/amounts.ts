const known = new Map<string, number | undefined>()

/** How many decimals a currency of ISO 4217 has; undefined for what is none. */
export function decimalsOf(currency: string): number | undefined {
  if (known.size === 0) {
    for (const code of Intl.supportedValuesOf('currency')) {
      known.set(
        code,
        new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits,
      )
    }
  }
  return known.get(currency)
}

/**
 * A decimal number in units of its last place, exactly: `7,99` with two decimals is 799n. undefined where it is none, or has
 * more decimals, zeros too: `1,000` may be a thousand as well as one.
 */
export function unitsIn(text: string, decimal: ',' | '.', decimals: number): bigint | undefined {
  const { whole, rest = '' } = /^(?<whole>\d{1,12})(?:[.,](?<rest>\d{1,12}))?$/.exec(text)?.groups ?? {}
  if (whole === undefined || (rest !== '' && text[whole.length] !== decimal)) return undefined
  return rest.length > decimals ? undefined : BigInt(whole + rest.padEnd(decimals, '0'))
}
