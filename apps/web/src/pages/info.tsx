import type { AntiphonClient, Member, Room, RoomId, UserId } from '@antiphon/client'
import { useCallback } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { attempt, Form } from '../components/form.tsx'
import { Listed } from '../components/listed.tsx'
import { Notice } from '../components/notice.tsx'
import { Page, Section } from '../components/page.tsx'
import { PeopleSearch } from '../components/peopleSearch.tsx'
import { Person } from '../components/person.tsx'
import { Picture } from '../components/picture.tsx'
import { useRoomName } from '../components/roomList.tsx'
import { download } from '../download.ts'
import { collect, useList } from '../loaded.ts'
import { links } from '../route.ts'
import { type Run, useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { usePresences, useRoom } from '../views.ts'

/** Who is in a room, and its settings. */
export function Info({ roomId }: { roomId: RoomId }) {
  const { client, me } = useSession()
  const { state } = useRoom(roomId)
  const { room, members, error } = state
  const { name } = useRoomName(room)
  const presences = usePresences(members.map(({ userId }) => userId))
  const { run, problem } = useRun()
  if (room === undefined) return <Notice problem={error && errorText(error)} />
  const isIn = (id: UserId) => members.some(({ userId }) => userId === id)
  const add = (id: UserId) => run(({ messages }) => messages.rooms.members.add.safe({ roomId, userIds: [id] }))
  const isAdmin = room.kind === 'group' && (room.role === 'owner' || room.role === 'admin')
  return (
    <Page title={name} back={links.room(roomId)}>
      <Problem text={problem} />
      {!isIn(me.id) && <p className="banner">{texts.notThere}</p>}
      {room.topic && <p>{room.topic}</p>}
      {room.retentionDays !== null && <p className="hint">{texts.purgedAfter(room.retentionDays)}</p>}
      <Section title={texts.members(members.length)} isOpen>
        <ul>
          {members.map((member) => (
            <li key={member.userId}>
              <Person id={member.userId} presence={presences.get(member.userId)}>
                {(name) => <MemberActs {...{ member, name, room, run }} />}
              </Person>
            </li>
          ))}
        </ul>
      </Section>
      {isAdmin && (
        <>
          <Section title={texts.addPeople}>
            <PeopleSearch isQuiet>
              {({ id }) => (
                <Person id={id}>
                  {(name) => (
                    <Act
                      name={isIn(id) ? texts.isIn : texts.add}
                      of={name}
                      disabled={isIn(id)}
                      onClick={() => add(id)}
                    />
                  )}
                </Person>
              )}
            </PeopleSearch>
          </Section>
          <Section title={texts.settings}>
            <Picture
              {...{ name, id: roomId, url: room.avatarUrl }}
              onSet={(avatar) => client.messages.rooms.update.safe({ roomId, avatar })}
            />
            <Settings room={room} />
          </Section>
          <Section title={texts.banned}>
            <Banned key={members.length} roomId={roomId} run={run} />
          </Section>
        </>
      )}
      <Section title={texts.more}>
        <RoomActs room={room} isAdmin={isAdmin} run={run} />
      </Section>
    </Page>
  )
}

interface MemberActsProps {
  readonly member: Member
  readonly name: string
  readonly room: Room
  readonly run: Run
}

const roles: Readonly<Record<string, string>> = texts.roles

function MemberActs({ member: { userId, role }, name, room, run }: MemberActsProps) {
  const { me } = useSession()
  const who = { roomId: room.id, userId }
  if (room.kind === 'direct') return null
  const isOther = userId !== me.id
  const isBelow = isOther && (room.role === 'owner' || (room.role === 'admin' && role === 'member'))
  const setRole = (value: string) => {
    const chosen = (['member', 'admin', 'owner'] as const).find((one) => one === value)
    const question = chosen === 'owner' ? texts.sureOwner(name) : undefined
    if (chosen) void run(({ messages }) => messages.rooms.members.setRole.safe({ ...who, role: chosen }), question)
  }
  return (
    <>
      {isOther && room.role === 'owner' ? (
        <select aria-label={texts.roleOf(name)} value={role} onChange={(event) => setRole(event.target.value)}>
          {Object.entries(texts.roles).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <small>{roles[role] ?? role}</small>
      )}
      {isBelow && (
        <>
          <Act
            name={texts.acts.remove}
            of={name}
            onClick={() => run(({ messages }) => messages.rooms.members.remove.safe(who), texts.sureOut(name))}
          />
          <Act
            name={texts.ban}
            of={name}
            onClick={() => run(({ messages }) => messages.rooms.members.ban.safe(who), texts.sureBan(name))}
          />
        </>
      )}
    </>
  )
}

function Settings({ room }: { room: Room }) {
  const { client } = useSession()
  const { id: roomId, name, topic, access, history, retentionDays } = room
  const days = retentionDays === null ? '' : String(retentionDays)
  const { optional, retentionHint: hint } = texts
  return (
    <Form
      submit={texts.save}
      fields={[
        { name: 'name', label: texts.groupName, defaultValue: name, maxLength: 100 },
        { name: 'topic', label: texts.topic, hint: optional, defaultValue: topic, maxLength: 500 },
        { name: 'access', label: texts.access, defaultValue: access, options: Object.entries(texts.accesses) },
        { name: 'history', label: texts.visibility, defaultValue: history, options: Object.entries(texts.histories) },
        { name: 'retentionDays', label: texts.retention, hint, defaultValue: days, inputMode: 'numeric' },
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

function Banned({ roomId, run }: { roomId: RoomId; run: Run }) {
  const { list: members } = useSession().client.messages.rooms.members
  const list = useList(useCallback(() => members.all({ roomId, banned: true }), [members, roomId]))
  const unban = async (userId: UserId) => {
    await run(({ messages }) => messages.rooms.members.unban.safe({ roomId, userId }))
    list.reload()
  }
  return (
    <Listed list={list} empty={texts.nobodyBanned}>
      {({ userId }) => (
        <li key={userId}>
          <Person id={userId}>{(name) => <Act name={texts.unban} of={name} onClick={() => unban(userId)} />}</Person>
        </li>
      )}
    </Listed>
  )
}

function RoomActs({ room, isAdmin, run }: { room: Room; isAdmin: boolean; run: Run }) {
  const { id: roomId, kind, role, archivedAt } = room
  const end = async (...args: Parameters<Run>) => (await run(...args)) && location.replace(links.home)
  const archive = () => run(({ messages }) => messages.rooms.archive.safe({ roomId, archived: archivedAt === null }))
  const remove = () => end(({ messages }) => messages.rooms.remove.safe({ roomId }), texts.sureRemoveRoom)
  const leave = () => end(({ messages }) => messages.rooms.leave.safe({ roomId }), texts.sureLeave)
  return (
    <div className="actions">
      <Act name={texts.exportRoom} onClick={() => run((client) => attempt(() => save(client, roomId)))} />
      {isAdmin && <Act name={archivedAt === null ? texts.archive : texts.unarchive} onClick={archive} />}
      {kind === 'group' && <Act name={texts.leave} onClick={leave} />}
      {kind === 'group' && role === 'owner' && <Act name={texts.removeRoom} onClick={remove} />}
    </div>
  )
}

/** The whole room into a file. */
async function save({ messages }: AntiphonClient, roomId: RoomId): Promise<void> {
  const items = await collect(messages.rooms.export({ roomId }))
  download('antiphon-room.json', [JSON.stringify(items, null, 1)], 'application/json')
}
