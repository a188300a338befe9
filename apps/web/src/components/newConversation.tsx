import type { AntiphonClient, Room, User } from '@antiphon/client'
import { type SyntheticEvent, useEffect, useState } from 'react'
import { nameOf } from '../people.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { Avatar } from './avatar.tsx'
import { Field, type FormProblems, problemsOf } from './field.tsx'

export function NewConversation({ onMade }: { onMade: (room: Room) => void }) {
  const { client, fail } = useSession()
  const [chosen, setChosen] = useState<readonly User[]>([])
  const [name, setName] = useState('')
  const [problems, setProblems] = useState<FormProblems>({ fields: {} })
  const isGroup = chosen.length > 1 || name.trim() !== ''
  const toggle = (user: User) => {
    const others = chosen.filter(({ id }) => id !== user.id)
    setChosen(others.length < chosen.length ? others : [...chosen, user])
  }
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault()
    if (chosen.length === 0 && !isGroup) return setProblems({ form: texts.nobodyChosen, fields: {} })
    const made = await makeRoom(client, chosen, name.trim())
    if (made.ok) return onMade(made.data)
    fail(made.error)
    setProblems(problemsOf(made.error, ['name']))
  }
  return (
    <section className="new" aria-labelledby="new-title">
      <header>
        <a className="back" href={links.home} aria-label={texts.back}>
          ←
        </a>
        <h2 id="new-title">{texts.newConversation}</h2>
      </header>
      <form onSubmit={submit} noValidate className="scroll">
        <p className="hint">{texts.newHint}</p>
        <PeopleSearch chosen={chosen} onToggle={toggle} />
        <Chosen users={chosen} onRemove={toggle} />
        <Field
          name="name"
          label={texts.groupName}
          hint={chosen.length > 1 ? '' : texts.optional}
          value={name}
          onChange={(event) => setName(event.target.value)}
          problem={problems.fields.name}
        />
        <p className="problem" role="alert">
          {problems.form}
        </p>
        <button type="submit">{isGroup ? texts.makeGroup : texts.start}</button>
      </form>
    </section>
  )
}

function makeRoom({ messages: { rooms } }: AntiphonClient, members: readonly User[], name: string) {
  const [first] = members
  return first !== undefined && members.length === 1 && name === ''
    ? rooms.direct.safe({ userId: first.id })
    : rooms.create.safe({ name, memberIds: members.map(({ id }) => id) })
}

function Chosen({ users, onRemove }: { users: readonly User[]; onRemove: (user: User) => void }) {
  if (users.length === 0) return null
  return (
    <ul className="chosen" aria-label={texts.chosen}>
      {users.map((user) => (
        <li key={user.id}>
          <button
            type="button"
            className="quiet"
            aria-label={texts.remove(nameOf(user))}
            onClick={() => onRemove(user)}
          >
            {nameOf(user)} ✕
          </button>
        </li>
      ))}
    </ul>
  )
}

function PeopleSearch({ chosen, onToggle }: { chosen: readonly User[]; onToggle: (user: User) => void }) {
  const [search, setSearch] = useState('')
  const { users, problem } = usePeopleSearch(search.trim())
  return (
    <>
      <Field
        name="search"
        type="search"
        label={texts.find}
        autoComplete="off"
        autoCapitalize="none"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        problem={problem}
      />
      <ul className="people" aria-label={texts.found}>
        {users?.map((user) => (
          <li key={user.id}>
            <button type="button" aria-pressed={chosen.some(({ id }) => id === user.id)} onClick={() => onToggle(user)}>
              <Avatar name={nameOf(user)} id={user.id} />
              <span className="names">
                {nameOf(user)} <small>@{user.userName}</small>
              </span>
              <span className="tick" aria-hidden="true">
                ✓
              </span>
            </button>
          </li>
        ))}
        {users?.length === 0 && <li className="notice">{texts.nobodyFound(search.trim())}</li>}
      </ul>
    </>
  )
}

/** The people whose user name begins so, asked for when the typing pauses; without yourself. */
function usePeopleSearch(search: string): { users?: readonly User[]; problem?: string } {
  const { client, fail, me } = useSession()
  const [found, setFound] = useState<{ users?: readonly User[]; problem?: string }>({})
  useEffect(() => {
    const stopped = new AbortController()
    const { signal } = stopped
    const timer = setTimeout(async () => {
      const page = await client.users.list.safe({ search: search || undefined, limit: 20 }, { signal })
      if (signal.aborted) return
      setFound(page.ok ? { users: page.data.items.filter(({ id }) => id !== me.id) } : { problem: fail(page.error) })
    }, 200)
    return () => {
      clearTimeout(timer)
      stopped.abort()
    }
  }, [client, fail, me, search])
  return found
}
