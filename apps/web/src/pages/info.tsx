import {
  type AntiphonClient,
  isAntiphonError,
  type Member,
  type Presence,
  type Room,
  type RoomId,
  type UserId,
} from '@antiphon/client'
import { useCallback, useState } from 'react'
import { Avatar, Names } from '../components/avatar.tsx'
import { type Answer, Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page, Section } from '../components/page.tsx'
import { PeopleSearch } from '../components/peopleSearch.tsx'
import { useRoomName } from '../components/roomList.tsx'
import { download } from '../download.ts'
import { collect, useLoaded } from '../loaded.ts'
import { nameOf, usePerson } from '../people.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { usePresences, useRoom } from '../views.ts'

type Rooms = AntiphonClient['messages']['rooms']
type Act = (rooms: Rooms) => Promise<Answer<unknown>>

/** Who is in a room, and its settings. */
export function Info({ roomId }: { roomId: RoomId }) {
  const { client, me } = useSession()
  const { state } = useRoom(roomId)
  const { room, members, error } = state
  const { name } = useRoomName(room)
  const presences = usePresences(members.map(({ userId }) => userId))
  const [problem, setProblem] = useState<string>()
  const act = async (call: Act, question?: string) => {
    if (question !== undefined && !confirm(question)) return false
    const answer = await call(client.messages.rooms)
    setProblem(answer.ok ? undefined : errorText(answer.error))
    return answer.ok
  }
  const end = async (call: Act, question: string) => (await act(call, question)) && location.replace(links.home)
  if (room === undefined) return <Notice problem={error && errorText(error)} />
  const isGroup = room.kind === 'group'
  const isAdmin = isGroup && (room.role === 'owner' || room.role === 'admin')
  return (
    <Page title={name} back={links.room(roomId)}>
      <p className="problem" role="alert">
        {problem}
      </p>
      {room.topic && <p>{room.topic}</p>}
      {room.retentionDays !== null && <p className="hint">{texts.purgedAfter(room.retentionDays)}</p>}
      <Section title={texts.members(members.length)} isOpen>
        <ul>
          {members.map((member) => (
            <MemberLine key={member.userId} {...{ member, room }} presence={presences.get(member.userId)} onAct={act} />
          ))}
        </ul>
      </Section>
      {isAdmin && (
        <Section title={texts.addPeople}>
          <PeopleSearch isQuiet>
            {(user) => <Add room={room} userId={user.id} members={members} onAct={act} />}
          </PeopleSearch>
        </Section>
      )}
      {isAdmin && (
        <Section title={texts.settings}>
          <Settings room={room} />
        </Section>
      )}
      {isAdmin && (
        <Section title={texts.banned}>
          <Banned key={members.length} roomId={roomId} onAct={act} />
        </Section>
      )}
      <Section title={texts.more}>
        <div className="actions">
          <button type="button" className="quiet" onClick={() => act(() => save(client, room))}>
            {texts.exportRoom}
          </button>
          {isAdmin && (
            <button
              type="button"
              className="quiet"
              onClick={() => act((rooms) => rooms.archive.safe({ roomId, archived: room.archivedAt === null }))}
            >
              {room.archivedAt === null ? texts.archive : texts.unarchive}
            </button>
          )}
          {isGroup && (
            <button
              type="button"
              className="quiet"
              onClick={() => end((rooms) => rooms.leave.safe({ roomId }), texts.sureLeave)}
            >
              {texts.leave}
            </button>
          )}
          {isGroup && room.role === 'owner' && (
            <button
              type="button"
              className="quiet"
              onClick={() => end((rooms) => rooms.remove.safe({ roomId }), texts.sureRemoveRoom)}
            >
              {texts.removeRoom}
            </button>
          )}
        </div>
      </Section>
      {!members.some(({ userId }) => userId === me.id) && <p className="banner">{texts.notThere}</p>}
    </Page>
  )
}

type OnAct = (call: Act, question?: string) => Promise<boolean>

interface MemberLineProps {
  readonly member: Member
  readonly presence: Presence | undefined
  readonly room: Room
  readonly onAct: OnAct
}

function MemberLine({ member: { userId, role }, room, presence, onAct }: MemberLineProps) {
  const { id: roomId, kind, role: ownRole } = room
  const { me } = useSession()
  const user = usePerson(userId)
  const name = nameOf(user)
  const isOther = kind === 'group' && userId !== me.id
  const isBelow = isOther && (ownRole === 'owner' || (ownRole === 'admin' && role === 'member'))
  const setRole = (value: string) => {
    const chosen = (['member', 'admin', 'owner'] as const).find((one) => one === value)
    if (chosen === undefined) return
    const question = chosen === 'owner' ? texts.sureOwner(name) : undefined
    void onAct(({ members }) => members.setRole.safe({ roomId, userId, role: chosen }), question)
  }
  return (
    <li className="person">
      <Avatar name={name} id={userId} presence={presence} />
      <Names user={user} />
      {isOther && ownRole === 'owner' ? (
        <select
          className="role"
          aria-label={texts.roleOf(name)}
          value={role}
          onChange={(event) => setRole(event.target.value)}
        >
          {Object.entries(texts.roles).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        kind === 'group' && <small>{roles[role] ?? role}</small>
      )}
      {isBelow && (
        <span className="actions">
          <button
            type="button"
            className="quiet"
            aria-label={texts.remove(name)}
            onClick={() => onAct(({ members }) => members.remove.safe({ roomId, userId }), texts.sureOut(name))}
          >
            {texts.acts.remove}
          </button>
          <button
            type="button"
            className="quiet"
            aria-label={`${texts.ban}: ${name}`}
            onClick={() => onAct(({ members }) => members.ban.safe({ roomId, userId }), texts.sureBan(name))}
          >
            {texts.ban}
          </button>
        </span>
      )}
    </li>
  )
}

const roles: Readonly<Record<string, string>> = texts.roles

interface AddProps {
  readonly room: Room
  readonly userId: UserId
  readonly members: readonly Member[]
  readonly onAct: OnAct
}

function Add({ room, userId, members, onAct }: AddProps) {
  const user = usePerson(userId)
  const isIn = members.some((member) => member.userId === userId)
  const add = () => onAct((rooms) => rooms.members.add.safe({ roomId: room.id, userIds: [userId] }))
  return (
    <div className="person">
      <Avatar name={nameOf(user)} id={userId} />
      <Names user={user} />
      <button
        type="button"
        className="quiet"
        disabled={isIn}
        aria-label={`${texts.add}: ${nameOf(user)}`}
        onClick={add}
      >
        {isIn ? texts.isIn : texts.add}
      </button>
    </div>
  )
}

function Settings({ room }: { room: Room }) {
  const { client } = useSession()
  const { id: roomId, name, topic, access, history, retentionDays } = room
  const days = retentionDays === null ? '' : String(retentionDays)
  return (
    <Form
      submit={texts.save}
      fields={[
        { name: 'name', label: texts.groupName, defaultValue: name, maxLength: 100 },
        { name: 'topic', label: texts.topic, hint: texts.optional, defaultValue: topic, maxLength: 500 },
        { name: 'access', label: texts.access, defaultValue: access, options: Object.entries(texts.accesses) },
        { name: 'history', label: texts.visibility, defaultValue: history, options: Object.entries(texts.histories) },
        {
          name: 'retentionDays',
          label: texts.retention,
          hint: texts.retentionHint,
          defaultValue: days,
          inputMode: 'numeric',
        },
      ]}
      action={({ name, topic, access, history, retentionDays }) =>
        client.messages.rooms.update.safe({
          ...{ roomId, name, topic },
          access: access === 'open' ? 'open' : 'closed',
          history: history === 'joined' ? 'joined' : 'shared',
          retentionDays: retentionDays === '' ? null : Number(retentionDays) || 0,
        })
      }
      done={texts.saved}
    />
  )
}

function Banned({ roomId, onAct }: { roomId: RoomId; onAct: OnAct }) {
  const { client } = useSession()
  const load = useCallback(
    () => collect(client.messages.rooms.members.list.all({ roomId, banned: true })),
    [client, roomId],
  )
  const { data, problem, reload } = useLoaded(load)
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  if (data.length === 0) return <p className="hint">{texts.nobodyBanned}</p>
  const unban = async (userId: UserId) => {
    await onAct(({ members }) => members.unban.safe({ roomId, userId }))
    reload()
  }
  return (
    <ul>
      {data.map(({ userId }) => (
        <BannedLine key={userId} userId={userId} onUnban={() => unban(userId)} />
      ))}
    </ul>
  )
}

function BannedLine({ userId, onUnban }: { userId: UserId; onUnban: () => void }) {
  const user = usePerson(userId)
  return (
    <li className="person">
      <Avatar name={nameOf(user)} id={userId} />
      <Names user={user} />
      <button type="button" className="quiet" aria-label={`${texts.unban}: ${nameOf(user)}`} onClick={onUnban}>
        {texts.unban}
      </button>
    </li>
  )
}

/** The whole room into a file. */
async function save(client: AntiphonClient, room: Room): Promise<Answer<unknown>> {
  try {
    const items = await collect(client.messages.rooms.export({ roomId: room.id }))
    download('antiphon-room.json', [JSON.stringify(items, null, 1)], 'application/json')
    return { ok: true, data: undefined }
  } catch (error) {
    if (!isAntiphonError(error)) throw error
    return { ok: false, error }
  }
}
