import type { AntiphonClient, Room, User } from '@antiphon/client'
import { type SyntheticEvent, useState } from 'react'
import { nameOf } from '../people.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { Problem } from './act.tsx'
import { Avatar, Names } from './avatar.tsx'
import { Field, type FormProblems, problemsOf } from './field.tsx'
import { Page } from './page.tsx'
import { PeopleSearch } from './peopleSearch.tsx'

export function NewConversation({ onMade }: { onMade: (room: Room) => void }) {
  const { client } = useSession()
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
    setProblems(problemsOf(made.error, ['name']))
  }
  return (
    <Page title={texts.newConversation}>
      <form onSubmit={submit} noValidate>
        <p className="hint">{texts.newHint}</p>
        <PeopleSearch>
          {(user) => (
            <button
              type="button"
              className="person"
              aria-pressed={chosen.some(({ id }) => id === user.id)}
              onClick={() => toggle(user)}
            >
              <Avatar name={nameOf(user)} id={user.id} />
              <Names user={user} />
              <span className="tick" aria-hidden="true">
                ✓
              </span>
            </button>
          )}
        </PeopleSearch>
        <Chosen users={chosen} onRemove={toggle} />
        <Field
          name="name"
          label={texts.groupName}
          hint={chosen.length > 1 ? '' : texts.optional}
          value={name}
          onChange={(event) => setName(event.target.value)}
          problem={problems.fields.name}
        />
        <Problem text={problems.form} />
        <button type="submit">{isGroup ? texts.makeGroup : texts.start}</button>
      </form>
    </Page>
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
