import { type KeyboardEvent, type SyntheticEvent, useEffect, useRef, useState } from 'react'
import { texts } from '../texts.ts'

const maxLength = 4_000

/** Enter sends, Shift+Enter starts a line. */
export function Composer({ onSend }: { onSend: (body: string) => void }) {
  const [body, setBody] = useState('')
  const input = useRef<HTMLTextAreaElement>(null)
  const length = [...body].length
  const canSend = body.trim() !== '' && length <= maxLength
  // On a phone the keyboard would cover what there is to read.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) input.current?.focus()
  }, [])
  const send = (event: SyntheticEvent) => {
    event.preventDefault()
    if (!canSend) return
    onSend(body.trim())
    setBody('')
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter ends the composition.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event)
  }
  return (
    <form className="composer" onSubmit={send}>
      {length > maxLength && (
        <p className="problem" role="alert">
          {texts.tooLong(length, maxLength)}
        </p>
      )}
      <textarea
        ref={input}
        rows={1}
        aria-label={texts.write}
        placeholder={texts.write}
        dir="auto"
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" disabled={!canSend} aria-label={texts.send}>
        ↑
      </button>
    </form>
  )
}
