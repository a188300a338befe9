import { microPerMinor, wholePpm } from '../../money.ts'

/** By which rules a period is settled. */
export interface Rules {
  feeRounding: 'none' | 'perListener'
  minimumSeconds: number
  minimumPayoutMinor: bigint
  suspiciousSeconds: number
}

/** What a fee leaves to pay out, in millionths of a minor unit. Rounded per listener, it is whole minor units, half up. */
export function netFee(grossMinor: bigint, countsPpm: number, { feeRounding }: Pick<Rules, 'feeRounding'>): bigint {
  const micro = (grossMinor * BigInt(countsPpm) * microPerMinor) / wholePpm
  return feeRounding === 'none' ? micro : ((micro + microPerMinor / 2n) / microPerMinor) * microPerMinor
}

/** The pool in minor units: what is left of one is not paid out. */
export const poolOf = (poolMicro: bigint): bigint => poolMicro / microPerMinor
