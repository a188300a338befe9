import type { UserId } from '@antiphon/client'
import { memo, useEffect, useRef, useState } from 'react'
import type { Outgoing } from '../conversation.ts'
import { nameOf, usePerson } from '../people.ts'
import type { RoomState, RoomView } from '../roomView.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { dayOf, isSameDay, timeOf } from '../time.ts'
import { Avatar } from './avatar.tsx'

/** Scrolls from its end (by CSS), so it stays there unless the reader went up, and older messages move nothing. */
export function MessageList({ state, view }: { state: RoomState; view: RoomView }) {
  const { me } = useSession()
  const scroller = useRef<HTMLElement>(null)
  /** The newest number when the reader went up; undefined while at the end. */
  const [leftAt, setLeftAt] = useState<number>()
  const lines = linesOf(state, me.id)
  const onScroll = () => {
    const isAtEnd = (scroller.current?.scrollTop ?? 0) > -40
    setLeftAt((known) => (isAtEnd ? undefined : (known ?? state.last)))
  }
  const toEnd = () => scroller.current?.scrollTo({ top: 0 })
  useEffect(() => {
    if (state.outgoing.length > 0) scroller.current?.scrollTo({ top: 0 })
  }, [state.outgoing.length])
  return (
    <div className="message-list">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <section className="scroll" ref={scroller} aria-label={texts.messages} tabIndex={0} onScroll={onScroll}>
        <div>
          <Older state={state} onLoad={view.loadOlder} />
          <ol>
            {lines.map((line) => (
              <Line key={line.id} {...line} onRetry={view.retry} />
            ))}
          </ol>
        </div>
      </section>
      {leftAt !== undefined && leftAt < state.last && (
        <button type="button" className="latest" onClick={toEnd}>
          {texts.latest} ↓
        </button>
      )}
    </div>
  )
}

/** Loads what is older when it comes into sight, or on request. */
function Older({ state: { cursor, isLoadingOlder }, onLoad }: { state: RoomState; onLoad: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (button.current === null || typeof cursor !== 'string') return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onLoad())
    observer.observe(button.current)
    return () => observer.disconnect()
  }, [cursor, onLoad])
  if (cursor === null) return <p className="beginning">{texts.beginning}</p>
  return (
    <button ref={button} type="button" className="quiet beginning" onClick={onLoad}>
      {isLoadingOlder ? texts.loading : texts.older}
    </button>
  )
}

interface LineData {
  readonly id: string
  readonly senderId: UserId
  readonly body: string
  readonly sentAt: Date
  readonly isMine: boolean
  readonly isFirstOfDay: boolean
  /** Follows another of the same sender closely, so the name is not said again. */
  readonly isContinued: boolean
  readonly status?: Outgoing['status']
  readonly problem?: string
  readonly clientId: string | null
}

const closeMs = 5 * 60_000

function linesOf({ messages, outgoing }: RoomState, myId: UserId): LineData[] {
  const all = [...messages, ...outgoing.map((item) => ({ ...item, senderId: myId, seq: 0 }))]
  return all.map((item, index) => {
    const before = all[index - 1]
    const isFirstOfDay = before === undefined || !isSameDay(before.sentAt, item.sentAt)
    const isClose = before?.senderId === item.senderId && item.sentAt.getTime() - before.sentAt.getTime() < closeMs
    // A message of ours keeps its place on the page when the room has taken it.
    const id = item.clientId === null ? String(item.seq) : `own ${item.clientId}`
    return { ...item, id, isMine: item.senderId === myId, isFirstOfDay, isContinued: isClose && !isFirstOfDay }
  })
}

interface LineProps extends LineData {
  readonly onRetry: (clientId: string) => void
}

const Line = memo(function Line({ senderId, body, sentAt, isMine, isFirstOfDay, isContinued, ...rest }: LineProps) {
  const { status, problem, clientId, onRetry } = rest
  const name = nameOf(usePerson(senderId))
  return (
    <>
      {isFirstOfDay && (
        <li className="day">
          <time dateTime={sentAt.toISOString()}>{dayOf(sentAt)}</time>
        </li>
      )}
      <li className="message" data-mine={isMine} data-continued={isContinued} data-status={status}>
        {!isMine && !isContinued && <Avatar name={name} id={senderId} />}
        <span className={isMine || isContinued ? 'hidden' : 'sender'}>
          {name}
          <span className="hidden">: </span>
        </span>
        <p dir="auto">{body}</p>
        <time dateTime={sentAt.toISOString()}>{status === 'sending' ? texts.sending : timeOf(sentAt)}</time>
        {status === 'failed' && clientId !== null && (
          <span className="problem" role="alert">
            {texts.notSent} {problem}{' '}
            <button type="button" className="quiet" onClick={() => onRetry(clientId)}>
              {texts.retry}
            </button>
          </span>
        )}
      </li>
    </>
  )
})
