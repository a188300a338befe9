import type { RoomSnapshot, RoomView, UserId } from '@antiphon/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { isSameDay } from '../../time.ts'
import { Act } from '../act.tsx'
import type { Draft } from './composer.tsx'
import { MessageLine, PendingLine } from './line.tsx'

interface MessageListProps {
  readonly state: RoomSnapshot
  readonly view: RoomView
  /** The number of the message to go to. */
  readonly wanted: number | undefined
  readonly onDraft: (draft: Draft) => void
}

/** Scrolls from its end (by CSS), so it stays there unless the reader went up, and older messages move nothing. */
export function MessageList({ state, view, wanted, onDraft }: MessageListProps) {
  const { me } = useSession()
  const scroller = useRef<HTMLElement>(null)
  const { messages, pending } = state
  const newest = messages.at(-1)?.seq ?? 0
  /** The newest number when the reader went up; undefined while at the end. */
  const [leftAt, setLeftAt] = useState<number>()
  /** Whose actions are open. */
  const [chosen, setChosen] = useState<number>()
  const { target, goTo } = useTarget(view, wanted)
  const onScroll = () => {
    const isAtEnd = (scroller.current?.scrollTop ?? 0) > -40
    setLeftAt((known) => (isAtEnd ? undefined : (known ?? newest)))
  }
  const toEnd = () => scroller.current?.scrollTo({ top: 0 })
  useEffect(() => {
    if (pending.length > 0) scroller.current?.scrollTo({ top: 0 })
  }, [pending.length])
  useReading(view, newest, leftAt === undefined)
  return (
    <div className="message-list">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <section className="scroll" ref={scroller} aria-label={texts.messages} tabIndex={0} onScroll={onScroll}>
        <div>
          <Older hasMore={state.hasMore} oldest={messages[0]?.seq} onLoad={view.loadMore} />
          <ol>
            {messages.map((message, at) => (
              <MessageLine
                key={message.clientId ?? message.seq}
                message={message}
                answered={message.replyTo === null ? undefined : messages.find(({ seq }) => seq === message.replyTo)}
                {...placeOf(messages[at - 1], message.senderId, message.sentAt)}
                reached={message.senderId === me.id ? reachedOf(view, message.seq) : undefined}
                isOpen={chosen === message.seq}
                isTarget={target === message.seq}
                role={state.room?.role ?? null}
                onChoose={setChosen}
                onDraft={onDraft}
                onGoTo={goTo}
              />
            ))}
            {pending.map((one, at) => {
              const last = pending[at - 1]
              const before = last ? { senderId: me.id, sentAt: last.createdAt } : messages.at(-1)
              return (
                <PendingLine key={one.clientId} pending={one} view={view} {...placeOf(before, me.id, one.createdAt)} />
              )
            })}
          </ol>
        </div>
      </section>
      {leftAt !== undefined && (
        <button type="button" className="latest" onClick={toEnd}>
          {leftAt < newest && texts.latest} ↓{leftAt >= newest && <span className="hidden">{texts.toEnd}</span>}
        </button>
      )}
    </div>
  )
}

/** Loads what is older when it comes into sight, or on request. */
function Older({
  hasMore,
  oldest,
  onLoad,
}: {
  hasMore: boolean
  oldest: number | undefined
  onLoad: () => Promise<void>
}) {
  const button = useRef<HTMLButtonElement>(null)
  const [isBusy, setIsBusy] = useState(false)
  const load = useCallback(async () => {
    setIsBusy(true)
    // What keeps it from loading is shown above: the view has lost its connection.
    await onLoad().catch(() => {})
    setIsBusy(false)
  }, [onLoad])
  useEffect(() => {
    // A short page leaves it in sight, of which nothing would be told: `oldest` begins anew.
    if (button.current === null || oldest === undefined) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load())
    observer.observe(button.current)
    return () => observer.disconnect()
  }, [oldest, load])
  if (!hasMore) return <p className="beginning">{texts.beginning}</p>
  return <Act name={isBusy ? texts.loading : texts.older} ref={button} className="quiet beginning" onClick={load} />
}

/** Goes to a message, however far back it is. */
function useTarget(view: RoomView, wanted: number | undefined) {
  const [target, setTarget] = useState<number>()
  const goTo = useCallback(
    async (seq: number, isWanted: () => boolean = () => true) => {
      const oldest = () => view.messages[0]?.seq ?? 0
      while (isWanted() && view.hasMore && oldest() > seq) await view.loadMore().catch(() => {})
      await new Promise(requestAnimationFrame)
      if (!isWanted()) return
      setTarget(seq)
      document.getElementById(`message-${seq}`)?.scrollIntoView({ block: 'center' })
    },
    [view],
  )
  useEffect(() => {
    if (wanted === undefined) return
    let isWanted = true
    void goTo(wanted, () => isWanted)
    return () => {
      isWanted = false
    }
  }, [goTo, wanted])
  return { target, goTo }
}

/** What is in sight has been read. */
function useReading(view: RoomView, newest: number, isAtEnd: boolean): void {
  useEffect(() => {
    const tell = () => {
      if (isAtEnd && newest > 0 && document.visibilityState === 'visible' && document.hasFocus()) view.markRead(newest)
    }
    tell()
    document.addEventListener('visibilitychange', tell)
    addEventListener('focus', tell)
    return () => {
      document.removeEventListener('visibilitychange', tell)
      removeEventListener('focus', tell)
    }
  }, [view, newest, isAtEnd])
}

const closeMs = 5 * 60_000

/** Whether a line begins a day, or follows another of the same sender closely, so that the name is not said again. */
function placeOf(before: { senderId: UserId; sentAt: Date } | undefined, senderId: UserId, sentAt: Date) {
  const isFirstOfDay = before === undefined || !isSameDay(before.sentAt, sentAt)
  const isClose = before?.senderId === senderId && sentAt.getTime() - before.sentAt.getTime() < closeMs
  return { isFirstOfDay, isContinued: isClose && !isFirstOfDay }
}

export type Reached = 'sent' | 'delivered' | 'read'

/** How far a message got with all the others. */
function reachedOf(view: RoomView, seq: number): Reached | undefined {
  const { deliveredTo, readBy, waitingFor } = view.receiptsOf(seq)
  if (deliveredTo.length + waitingFor.length === 0) return undefined
  if (waitingFor.length > 0) return 'sent'
  return readBy.length === deliveredTo.length ? 'read' : 'delivered'
}
