import type { AntiphonClient, Presence, Room, UserId } from '@antiphon/client'
import { useCallback, useRef, useState } from 'react'
import { Act, Problem } from '../components/act.tsx'
import type { Answer } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { PeopleSearch } from '../components/peopleSearch.tsx'
import { Person } from '../components/person.tsx'
import { collect, useLoaded } from '../loaded.ts'
import { nameOf } from '../people.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { usePresences } from '../views.ts'

type Kind = keyof typeof texts.acts

/** How somebody stands to you, and what you can do about it. */
const relations = {
  incoming: ['accept', 'decline', 'block'],
  accepted: ['write', 'remove', 'block'],
  outgoing: ['withdraw', 'block'],
  blocked: ['unblock'],
  stranger: ['ask', 'block'],
} as const satisfies Record<string, readonly Kind[]>

type Relation = keyof typeof relations

const lists = ['incoming', 'accepted', 'outgoing', 'blocked'] as const

const calls: Readonly<
  Record<Exclude<Kind, 'write'>, (client: AntiphonClient, who: { userId: UserId }) => Promise<Answer<unknown>>>
> = {
  ask: ({ users }, who) => users.friends.request.safe(who),
  accept: ({ users }, who) => users.friends.accept.safe(who),
  decline: ({ users }, who) => users.friends.decline.safe(who),
  withdraw: ({ users }, who) => users.friends.remove.safe(who),
  remove: ({ users }, who) => users.friends.remove.safe(who),
  block: ({ users }, who) => users.blocks.add.safe(who),
  unblock: ({ users }, who) => users.blocks.remove.safe(who),
}

/** Friends, requests and blocks. `onOpen` opens a room. */
export function Friends({ onOpen }: { onOpen: (room: Room) => void }) {
  const { client, people } = useSession()
  const load = useCallback(() => readRelations(client), [client])
  const { data: known, problem, reload } = useLoaded(load)
  const presences = usePresences(known?.accepted ?? [])
  const [refusal, setRefusal] = useState<string>()
  const [done, setDone] = useState('')
  const said = useRef<HTMLParagraphElement>(null)
  const act = async (kind: Kind, userId: UserId) => {
    const name = nameOf(people.known(userId))
    if ((kind === 'block' || kind === 'remove') && !confirm(texts.sure[kind](name))) return
    const answer = kind === 'write' ? await write(client, userId, onOpen) : await calls[kind](client, { userId })
    setRefusal(answer.ok ? undefined : errorText(answer.error))
    setDone(answer.ok ? texts.done(texts.acts[kind], name) : '')
    // The button may be gone, and the focus with it.
    said.current?.focus()
    reload()
  }
  const relationTo = (id: UserId) => lists.find((list) => known?.[list].includes(id)) ?? 'stranger'
  return (
    <Page title={texts.friends}>
      <Problem text={refusal} />
      <p className="hint" role="status" ref={said} tabIndex={-1}>
        {done}
      </p>
      {known === undefined && <Notice problem={problem} onRetry={reload} />}
      {known && lists.every((list) => known[list].length === 0) && <p className="hint">{texts.noFriends}</p>}
      {lists.map(
        (list) =>
          known &&
          known[list].length > 0 && (
            <section key={list} aria-labelledby={list}>
              <h3 id={list}>{texts.relations[list]}</h3>
              <ul>
                {known[list].map((id) => (
                  <li key={id}>
                    <Relative id={id} relation={list} presence={presences.get(id)} onAct={act} />
                  </li>
                ))}
              </ul>
            </section>
          ),
      )}
      <PeopleSearch isQuiet>{({ id }) => <Relative id={id} relation={relationTo(id)} onAct={act} />}</PeopleSearch>
    </Page>
  )
}

interface RelativeProps {
  readonly id: UserId
  readonly relation: Relation
  readonly presence?: Presence | undefined
  readonly onAct: (kind: Kind, userId: UserId) => void
}

function Relative({ id, relation, presence, onAct }: RelativeProps) {
  return (
    <Person id={id} presence={presence} detail={relation === 'outgoing' ? texts.waiting : undefined}>
      {(name) =>
        relations[relation].map((kind) => (
          <Act
            key={kind}
            name={texts.acts[kind]}
            of={name}
            className={kind === 'accept' ? '' : 'quiet'}
            onClick={() => onAct(kind, id)}
          />
        ))
      }
    </Person>
  )
}

async function write(client: AntiphonClient, userId: UserId, onOpen: (room: Room) => void): Promise<Answer<unknown>> {
  const answer = await client.messages.rooms.direct.safe({ userId })
  if (answer.ok) onOpen(answer.data)
  return answer
}

async function readRelations({ users }: AntiphonClient) {
  const ids = async (list: AsyncIterable<{ userId: UserId }>) => (await collect(list)).map(({ userId }) => userId)
  const [incoming, accepted, outgoing, blocked] = await Promise.all([
    ids(users.friends.list.all({ state: 'incoming' })),
    ids(users.friends.list.all({ state: 'accepted' })),
    ids(users.friends.list.all({ state: 'outgoing' })),
    ids(users.blocks.list.all()),
  ])
  return { incoming, accepted, outgoing, blocked }
}
