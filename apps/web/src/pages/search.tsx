import type { Message } from '@antiphon/client'
import { useState } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { Avatar } from '../components/avatar.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { nameOf, usePerson } from '../people.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { moment } from '../time.ts'

interface Found {
  readonly query: string
  readonly items: readonly Message[]
  readonly cursor: string | null
}

/** Messages of all rooms that hold some words. */
export function Search() {
  const { client } = useSession()
  const [found, setFound] = useState<Found>()
  const [problem, setProblem] = useState<string>()
  const find = async (query: string) => {
    const page = await client.messages.search.safe({ query, limit: 20 })
    if (page.ok) setFound({ query, items: page.data.items, cursor: page.data.nextCursor })
    return page
  }
  const more = async ({ query, items, cursor }: Found) => {
    const page = await client.messages.search.safe({ query, limit: 20, cursor: cursor ?? undefined })
    if (page.ok) setFound({ query, items: [...items, ...page.data.items], cursor: page.data.nextCursor })
    else setProblem(errorText(page.error))
  }
  return (
    <Page title={texts.search}>
      <Form
        submit={texts.search}
        fields={[{ name: 'query', type: 'search', label: texts.words, maxLength: 200 }]}
        action={({ query }) => find(query)}
      />
      <ul className="results" aria-live="polite">
        {found?.items.map((message) => (
          <li key={`${message.roomId} ${message.seq}`}>
            <Result message={message} />
          </li>
        ))}
        {found?.items.length === 0 && <li className="notice">{texts.nothingFound(found.query)}</li>}
      </ul>
      <Problem text={problem} />
      {found && found.cursor !== null && <Act name={texts.showMore} onClick={() => more(found)} />}
    </Page>
  )
}

function Result({ message: { roomId, seq, senderId, body, sentAt, attachments } }: { message: Message }) {
  const sender = nameOf(usePerson(senderId))
  return (
    <a className="person" href={links.message(roomId, seq)}>
      <Avatar name={sender} id={senderId} />
      <span className="names">
        {body || texts.files(attachments.length)}
        <small>
          {sender} · {moment(sentAt)}
        </small>
      </span>
    </a>
  )
}
