import type { Message, RoomSnapshot, RoomView } from '@antiphon/client'
import { type KeyboardEvent, type SyntheticEvent, useEffect, useRef, useState } from 'react'
import { nameOf, usePeople, usePerson } from '../../people.ts'
import { useSession } from '../../session.tsx'
import { errorText, texts } from '../../texts.ts'
import { Act, Problem } from '../act.tsx'
import { ChosenFiles, useChosen } from './attachments.tsx'

/** What is being written besides a new message: an answer to one, or another text of one. */
export interface Draft {
  readonly kind: 'reply' | 'edit'
  readonly message: Message
}

interface ComposerProps {
  readonly view: RoomView
  readonly state: RoomSnapshot
  readonly draft: Draft | undefined
  readonly onDraft: (draft: Draft | undefined) => void
}

const maxLength = 4_000

/** Enter sends, Shift+Enter starts a line, Escape ends an answer or an edit. */
export function Composer({ view, state, draft, onDraft }: ComposerProps) {
  const { client } = useSession()
  const [body, setBody] = useState('')
  const [problem, setProblem] = useState<string>()
  const input = useRef<HTMLTextAreaElement>(null)
  const chosen = useChosen()
  const length = [...body].length
  const hasSomething = body.trim() !== '' || (chosen.list.length > 0 && draft?.kind !== 'edit')
  const canSend = hasSomething && length <= maxLength && chosen.ready !== undefined
  // On a phone the keyboard would cover what there is to read.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) input.current?.focus()
  }, [])
  useEffect(() => {
    if (draft === undefined) return
    if (draft.kind === 'edit') setBody(draft.message.body)
    input.current?.focus()
  }, [draft])
  const end = () => {
    setBody('')
    view.markTyping(false)
    setProblem(undefined)
    onDraft(undefined)
    input.current?.focus()
  }
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault()
    if (!canSend) return
    const text = body.trim()
    if (draft?.kind !== 'edit') {
      view.send({ body: text, replyTo: draft?.message.seq, attachments: chosen.ready })
      chosen.clear()
      return end()
    }
    const { seq, version } = draft.message
    const edited = await client.messages.edit.safe({ roomId: view.roomId, seq, body: text, expectedVersion: version })
    if (edited.ok) end()
    else setProblem(errorText(edited.error))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter ends the composition.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event)
    if (event.key === 'Escape' && draft !== undefined) end()
  }
  const mention = /(?:^|\s)@([\w.-]*)$/.exec(body)?.[1]
  const complete = (userName: string) => {
    setBody(body.replace(/@[\w.-]*$/, `@${userName} `))
    input.current?.focus()
  }
  return (
    <form className="composer" onSubmit={submit}>
      {draft && <About draft={draft} onEnd={end} />}
      {mention !== undefined && <Suggestions state={state} typed={mention.toLowerCase()} onChoose={complete} />}
      <Problem text={length > maxLength ? texts.tooLong(length, maxLength) : problem} />
      <ChosenFiles chosen={chosen} />
      <textarea
        ref={input}
        rows={1}
        aria-label={texts.write}
        placeholder={texts.write}
        dir="auto"
        value={body}
        onChange={(event) => {
          setBody(event.target.value)
          view.markTyping(event.target.value !== '')
        }}
        onKeyDown={onKeyDown}
        onPaste={(event) => chosen.add(event.clipboardData.files)}
      />
      <button type="submit" disabled={!canSend} aria-label={texts.send}>
        ↑
      </button>
    </form>
  )
}

function About({ draft: { kind, message }, onEnd }: { draft: Draft; onEnd: () => void }) {
  const name = nameOf(usePerson(message.senderId))
  return (
    <p className="about">
      <b>{kind === 'edit' ? texts.editing : texts.replyingTo(name)}</b> <span>{message.body}</span>
      <Act name={texts.cancel} onClick={onEnd} />
    </p>
  )
}

interface SuggestionsProps {
  readonly state: RoomSnapshot
  /** What stands after the @. */
  readonly typed: string
  readonly onChoose: (userName: string) => void
}

const maxLoaded = 200
const maxSuggested = 5

/** Whom a message could mention. */
function Suggestions({ state: { members }, typed, onChoose }: SuggestionsProps) {
  const { me } = useSession()
  const users = usePeople(members.slice(0, maxLoaded).map(({ userId }) => userId))
  const found = users.filter(({ id, userName }) => id !== me.id && userName.toLowerCase().startsWith(typed))
  return (
    <span className="suggestions">
      {found.slice(0, maxSuggested).map(({ id, userName }) => (
        <Act key={id} name={`@${userName}`} onClick={() => onChoose(userName)} />
      ))}
    </span>
  )
}
