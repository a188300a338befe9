import type { Message, PendingMessage, Room, RoomView } from '@antiphon/client'
import { memo, type ReactNode } from 'react'
import { nameOf, usePeople, usePerson } from '../../people.ts'
import { useSession } from '../../session.tsx'
import { errorText, texts } from '../../texts.ts'
import { dayOf, timeOf } from '../../time.ts'
import { Act } from '../act.tsx'
import { Avatar } from '../avatar.tsx'
import { MessageActions } from './actions.tsx'
import { Attachments } from './attachments.tsx'
import type { Draft } from './composer.tsx'
import type { Reached } from './list.tsx'

interface Place {
  readonly isFirstOfDay: boolean
  readonly isContinued: boolean
}

export interface MessageLineProps extends Place {
  readonly message: Message
  /** The message that it answers, where that is known. */
  readonly answered: Message | undefined
  /** How far a message of ours got. */
  readonly reached: Reached | undefined
  readonly isOpen: boolean
  readonly isTarget: boolean
  /** What you are in the room. */
  readonly role: Room['role']
  readonly onChoose: (seq: number | undefined) => void
  readonly onDraft: (draft: Draft) => void
  readonly onGoTo: (seq: number) => void
}

export const MessageLine = memo(function MessageLine(props: MessageLineProps) {
  const { message, answered, reached, isFirstOfDay, isContinued, isOpen, isTarget, role, onChoose, onGoTo } = props
  const { me } = useSession()
  const { seq, senderId, sentAt, editedAt, replyTo, mentions } = message
  const isDeleted = message.deletedAt !== null
  const isMine = senderId === me.id
  const sender = usePerson(senderId)
  const name = nameOf(sender)
  return (
    <>
      {isFirstOfDay && <Day at={sentAt} />}
      <li
        id={`message-${seq}`}
        className="message"
        data-mine={isMine}
        data-continued={isContinued}
        data-target={isTarget}
        data-mentions-me={mentions.includes(me.id)}
      >
        {!isMine && !isContinued && <Avatar name={name} id={senderId} url={sender?.avatarUrl} />}
        <span className={isMine || isContinued ? 'hidden' : 'sender'}>
          {name}
          <span className="hidden">: </span>
        </span>
        <div className="bubble">
          {replyTo !== null && !isDeleted && <Quote message={answered} onGoTo={() => onGoTo(replyTo)} />}
          <Attachments list={message.attachments} />
          <p className="body" dir="auto">
            {isDeleted ? <i>{texts.deleted}</i> : <Body message={message} />}
          </p>
        </div>
        <span className="meta">
          {editedAt !== null && message.deletedAt === null && <small>{texts.edited}</small>}
          <time dateTime={sentAt.toISOString()}>{timeOf(sentAt)}</time>
          {reached && !isDeleted && <Marks reached={reached} />}
          {role !== null && !isDeleted && (
            <Act
              name="⋯"
              aria-label={texts.actions}
              aria-expanded={isOpen}
              onClick={() => onChoose(isOpen ? undefined : seq)}
            />
          )}
        </span>
        {message.reactions.length > 0 && <Reactions message={message} isMember={role !== null} />}
        {isOpen && <MessageActions message={message} role={role} onDraft={props.onDraft} onClose={onChoose} />}
      </li>
    </>
  )
})

const marks: Readonly<Record<Reached, string>> = { sent: '✓', delivered: '✓✓', read: '✓✓' }

function Marks({ reached }: { reached: Reached }) {
  return (
    <span className="reached" data-reached={reached} title={texts.reached[reached]}>
      <span aria-hidden="true">{marks[reached]}</span>
      <span className="hidden">{texts.reached[reached]}</span>
    </span>
  )
}

function Reactions({ message: { roomId, seq, reactions }, isMember }: { message: Message; isMember: boolean }) {
  const { client, me } = useSession()
  return (
    <span className="reactions">
      {reactions.map(({ emoji, count, userIds }) => {
        const isOurs = userIds.includes(me.id)
        const call = isOurs ? client.messages.unreact : client.messages.react
        return (
          <Act
            key={emoji}
            name={`${emoji} ${count}`}
            aria-label={texts.reaction(emoji, count)}
            aria-pressed={isOurs}
            disabled={!isMember}
            onClick={() => call.safe({ roomId, seq, emoji })}
          />
        )
      })}
    </span>
  )
}

interface PendingLineProps extends Place {
  readonly pending: PendingMessage
  readonly view: RoomView
}

/** A message of ours that the room does not have yet. */
export function PendingLine({ pending, view, isFirstOfDay, isContinued }: PendingLineProps) {
  const { clientId, body, attachments, state, error, createdAt } = pending
  return (
    <>
      {isFirstOfDay && <Day at={createdAt} />}
      <li className="message" data-mine="true" data-continued={isContinued} data-status={state}>
        <div className="bubble">
          <p className="body" dir="auto">
            {body || texts.files(attachments.length)}
          </p>
        </div>
        <span className="meta">
          <small>{state === 'sending' && (error ? texts.unreached : texts.sending)}</small>
        </span>
        {state === 'failed' && (
          <span className="problem" role="alert">
            {texts.notSent} {error && errorText(error)} <Act name={texts.retry} onClick={() => view.retry(clientId)} />
            <Act name={texts.discard} onClick={() => view.discard(clientId)} />
          </span>
        )}
      </li>
    </>
  )
}

function Day({ at }: { at: Date }) {
  return (
    <li className="day">
      <time dateTime={at.toISOString()}>{dayOf(at)}</time>
    </li>
  )
}

/** The beginning of the message that is answered; one that is far back is not fetched for it. */
function Quote({ message, onGoTo }: { message: Message | undefined; onGoTo: () => void }) {
  const name = nameOf(usePerson(message?.senderId))
  const isGone = message !== undefined && message.deletedAt !== null
  return (
    <button type="button" className="quote" onClick={onGoTo} aria-label={texts.goToAnswered}>
      <span>
        {message === undefined ? texts.earlier : <b>{name}</b>} {isGone ? <i>{texts.deleted}</i> : message?.body}
      </span>
    </button>
  )
}

/** The text, with those whom it mentions. */
function Body({ message: { body, mentions } }: { message: Message }): ReactNode {
  const names = new Set(usePeople(mentions).map(({ userName }) => userName.toLowerCase()))
  if (names.size === 0) return body
  return body
    .split(/(@[\w.-]*\w)/)
    .map((part, at) => (names.has(part.slice(1).toLowerCase()) ? <mark key={at}>{part}</mark> : part))
}
