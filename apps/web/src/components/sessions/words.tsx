import type { UserId } from '@antiphon/client'
import { nameOf, usePerson } from '../../people.ts'
import { texts } from '../../texts.ts'

const { states, providers } = texts.sessions
const providerNames: Readonly<Record<string, string>> = providers

export const providerName = (id: string) => providerNames[id] ?? id

/** Who holds it; nothing where nobody knows. */
export function useHost({ hostId, hostName }: { hostId: UserId | null; hostName: string | null }): string | undefined {
  const host = usePerson(hostId)
  return host === undefined ? (hostName ?? undefined) : nameOf(host)
}

/** How far something is to be trusted, as a word and a colour. */
export function State({ is, more }: { is: keyof typeof states; more?: string | false }) {
  return (
    <small className="state" data-state={is}>
      {[states[is], more].filter(Boolean).join(' · ')}
    </small>
  )
}
