import type { Message, MessageVersion, Receipt, Room } from '@antiphon/client'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { collect, useLoaded } from '../../loaded.ts'
import { nameOf, usePerson } from '../../people.ts'
import { useSession } from '../../session.tsx'
import { errorText, texts } from '../../texts.ts'
import { moment } from '../../time.ts'
import { useRoom } from '../../views.ts'
import { Act, Problem } from '../act.tsx'
import type { Answer } from '../form.tsx'
import type { Draft } from './composer.tsx'

interface MessageActionsProps {
  readonly message: Message
  /** What you are in the room. */
  readonly role: Room['role']
  readonly onDraft: (draft: Draft) => void
  readonly onClose: (seq: undefined) => void
}

const emojis = ['👍', '❤️', '😂', '🎉', '😮', '😢']

/** What can be done with a message. */
export function MessageActions({ message, role, onDraft, onClose }: MessageActionsProps) {
  const { client, me } = useSession()
  const { roomId, seq, senderId, version } = message
  const isMine = senderId === me.id
  const [problem, setProblem] = useState<string>()
  const [shown, setShown] = useState<ReactNode>()
  const run = async (call: Promise<Answer<unknown>>) => {
    const answer = await call
    if (answer.ok) onClose(undefined)
    else setProblem(errorText(answer.error))
  }
  const show = async <Item,>(items: AsyncIterable<Item>, line: (item: Item) => ReactNode) => {
    const all = await collect(items).catch((error: unknown) => setProblem(errorText(error)))
    if (all) setShown(<ul>{all.map(line)}</ul>)
  }
  const draft = (kind: Draft['kind']) => {
    onDraft({ kind, message })
    onClose(undefined)
  }
  const remove = () => confirm(texts.sureDelete) && run(client.messages.remove.safe({ roomId, seq }))
  const report = () => {
    const reason = prompt(texts.whyReport)?.trim()
    if (reason) void run(client.messages.report.safe({ roomId, seq, reason }))
  }
  const seen = () => setShown(<Readers roomId={roomId} seq={seq} />)
  const history = () =>
    show(client.messages.versions.all({ roomId, seq }), (one) => <Version key={one.version} version={one} />)
  const acts: readonly (readonly [name: string, act: () => void, isOffered: boolean])[] = [
    [texts.reply, () => draft('reply'), true],
    [texts.edit, () => draft('edit'), isMine],
    [texts.history, history, version > 1],
    [texts.seenBy, seen, isMine],
    [texts.delete, remove, isMine || role === 'owner' || role === 'admin'],
    [texts.report, report, !isMine],
  ]
  return (
    <div className="acts">
      {emojis.map((emoji) => (
        <Act
          name={emoji}
          key={emoji}
          aria-label={texts.react(emoji)}
          onClick={() => run(client.messages.react.safe({ roomId, seq, emoji }))}
        />
      ))}
      {acts.map(([name, act, isOffered]) => isOffered && <Act name={name} key={name} onClick={act} />)}
      {shown}
      <Problem text={problem} />
    </div>
  )
}

/** Who has got and read a message, as it goes on. */
function Readers({ roomId, seq }: Pick<Message, 'roomId' | 'seq'>) {
  const { client } = useSession()
  const { receipts } = useRoom(roomId).state
  const load = useCallback(() => collect(client.messages.receipts.all({ roomId, seq })), [client, roomId, seq])
  const { data = [], problem, reload } = useLoaded(load)
  // Asked again whenever somebody has got further.
  useEffect(reload, [reload, receipts])
  return (
    <>
      <ul>
        {data.map((receipt) => (
          <SeenBy key={receipt.userId} receipt={receipt} />
        ))}
      </ul>
      <Problem text={problem} />
    </>
  )
}

function SeenBy({ receipt: { userId, deliveredAt, readAt } }: { receipt: Receipt }) {
  const name = nameOf(usePerson(userId))
  const { reached } = texts
  const what = readAt ? reached.read : deliveredAt ? reached.delivered : reached.sent
  const when = readAt ?? deliveredAt
  return (
    <li>
      {name}: {what} {when && <time dateTime={when.toISOString()}>{moment(when)}</time>}
    </li>
  )
}

function Version({ version: { body, writtenAt } }: { version: MessageVersion }) {
  return (
    <li dir="auto">
      {body} <time dateTime={writtenAt.toISOString()}>{moment(writtenAt)}</time>
    </li>
  )
}
