import { wholePpm } from '../../money.ts'

interface Share {
  labelId: string
  sharePpm: number
}

/** Whether shares are those of one track: each holder once, all of it at most. */
export function sharesFit(shares: readonly Share[]): boolean {
  const sum = shares.reduce((total, { sharePpm }) => total + BigInt(sharePpm), 0n)
  return sum <= wholePpm && new Set(shares.map(({ labelId }) => labelId)).size === shares.length
}
