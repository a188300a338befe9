/** That somebody came or went. */
export interface Fact {
  readonly kind: 'joined' | 'left'
  readonly at: Date
  /** Told by the provider; else concluded from who is on its lists, and given up when the provider tells otherwise. */
  readonly told: boolean
}

export interface Stay {
  readonly joinedAt: Date
  /** Null while they are there. */
  readonly leftAt: Date | null
}

/**
 * What is known of comings and goings under one key, in whatever order it was told: the same facts give the same stays.
 * A leaving closes the stay that it falls into, never a later one; one that belongs to no coming stands for a stay of its own.
 */
export function staysOf(facts: readonly Fact[], endedAt: Date | null): Stay[] {
  const joins = timesOf(facts, 'joined', true)
  const leaves = timesOf(facts, 'left', true)
  const spans = joins.map((from, at): Span => ({ from, until: leaveOf(leaves, from, joins[at + 1] ?? Infinity) }))
  const concluded = timesOf(facts, 'left', false)
  for (const [at, span] of spans.entries()) {
    const next = joins[at + 1] ?? Infinity
    if (span.until === Infinity) span.until = concluded.find((time) => time >= span.from && time < next) ?? next
  }
  for (const seen of timesOf(facts, 'joined', false)) {
    if (spans.some(({ from, until }) => from <= seen && seen < until)) continue
    const next = Math.min(...spans.map(({ from }) => from).filter((from) => from > seen), Infinity)
    const until = Math.min(
      leaveOf(leaves, seen, next),
      concluded.find((time) => time >= seen && time < next) ?? Infinity,
      next,
    )
    spans.push({ from: seen, until })
  }
  spans.push(...leaves.map((time) => ({ from: time, until: time })))
  return cut(spans, endedAt?.getTime() ?? Infinity)
}

interface Span {
  from: number
  until: number
}

function timesOf(facts: readonly Fact[], kind: Fact['kind'], told: boolean): number[] {
  const times = facts.filter((fact) => fact.kind === kind && fact.told === told).map(({ at }) => at.getTime())
  return [...new Set(times)].sort((one, other) => one - other)
}

/** Takes the first leaving out of those that fall into a stay. */
function leaveOf(leaves: number[], from: number, next: number): number {
  const at = leaves.findIndex((time) => time >= from && time <= next)
  return at < 0 ? Infinity : (leaves.splice(at, 1)[0] ?? Infinity)
}

/** Up to the end of the session; of several that begin at one moment the longest. */
function cut(spans: readonly Span[], endedAt: number): Stay[] {
  const within = new Map<number, number>()
  for (const { from, until } of spans) {
    if (from > endedAt) continue
    within.set(from, Math.max(within.get(from) ?? from, Math.min(until, endedAt)))
  }
  return [...within]
    .sort(([one], [other]) => one - other)
    .map(([from, until]) => ({ joinedAt: new Date(from), leftAt: until === Infinity ? null : new Date(until) }))
}
