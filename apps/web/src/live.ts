import type { Session } from '@antiphon/client'
import { useEffect, useState } from 'react'
import { useSession } from './session.tsx'

const atMostEveryMs = 1_000

/** Calls it when sessions may have changed, or the page was away: at once, then once a second at most. */
export function useSessionChanges(onChange: () => void): void {
  const { events } = useSession()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isDue = false
    const tell = () => {
      isDue = timer !== undefined
      if (isDue) return
      onChange()
      timer = setTimeout(() => {
        timer = undefined
        if (isDue) tell()
      }, atMostEveryMs)
    }
    const onVisible = () => document.hidden || tell()
    const stops = [events.on('session.changed', tell), events.on('welcome', tell), events.on('resync', tell)]
    addEventListener('online', tell)
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      for (const stop of stops) stop()
      removeEventListener('online', tell)
      document.removeEventListener('visibilitychange', onVisible)
      clearTimeout(timer)
    }
  }, [events, onChange])
}

/** What time it is, to the second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

type Freshness = 'live' | 'ending' | 'ended' | 'unknown'

type Known = Pick<Session, 'freshness' | 'observedAt' | 'provenUntil'>

/**
 * How far a session that was asked for then is to be trusted now. Proof ends by itself. Where the clock here differs from the
 * server's, it holds from the asking on, for as long as proof ever does.
 */
export function freshnessAt({ freshness, observedAt, provenUntil }: Known, askedAt: number, now: number): Freshness {
  if (freshness === 'ended') return 'ended'
  const proven = (['live', 'ending'] as const).find((one) => one === freshness)
  if (proven === undefined) return 'unknown'
  const latest = askedAt + provenUntil.getTime() - observedAt.getTime()
  const said = provenUntil.getTime()
  const until = said > askedAt && said < latest ? said : latest
  return now < until ? proven : 'unknown'
}
