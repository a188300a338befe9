import type { Vault } from '../auth/vault.ts'
import type { MeetingId } from '../ids.ts'

/** The passcode of a meeting; null where it has none, or it was sealed under a secret that is lost. */
export function passcodeOf(vault: Vault, { id, passcode }: { id: MeetingId; passcode: Buffer | null }): string | null {
  if (passcode === null) return null
  try {
    return vault.open(`meeting:${id}`, passcode)
  } catch {
    return null
  }
}
