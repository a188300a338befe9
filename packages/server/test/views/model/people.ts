import {
  type AntiphonClient,
  isAntiphonError,
  type Message,
  type RoomId,
  type RoomView,
  type UserId,
} from '@antiphon/client'
import type { Person } from '../../server.ts'
import type { HostileNetwork } from '../hostile.ts'
import { watch } from '../storm.ts'
import { deviceOf } from '../world.ts'
import { type Act, emojiOf, roleOf } from './act.ts'
import type { Outcome } from './model.ts'
import type { ModelMessage, Who } from './room.ts'

/** Somebody of a run: does things over a good network, except for sending, and looks on over a bad one. */
export interface Somebody {
  readonly who: Who
  readonly userId: UserId
  readonly client: AntiphonClient
  readonly hostile: AntiphonClient
  readonly network: HostileNetwork
  /** One for each room. */
  readonly views: readonly RoomView[]
  /** What was wrong with what the views showed at some time. */
  readonly problems: readonly (readonly string[])[]
  /** The numbers that each view has ever shown. */
  readonly seen: readonly ReadonlySet<number>[]
}

export function somebody(
  who: Who,
  { person, network, at }: { person: Person; network: HostileNetwork; at: { url: string } },
  roomIds: readonly RoomId[],
): Somebody {
  const hostile = deviceOf(person, at, { fetch: network.fetch, maxRetries: 1, timeoutMs: 3_000 })
  const views = roomIds.map((id) => hostile.events().room(id))
  const seen = views.map((view) => {
    const seqs = new Set<number>()
    view.subscribe(() => {
      for (const { seq } of view.messages) seqs.add(seq)
    })
    return seqs
  })
  const { client, user } = person
  return { who, userId: user.id, client, hostile, network, views, problems: views.map(watch), seen }
}

/** Does on the server what the model did. */
export async function takeOnServer(
  people: readonly Somebody[],
  roomIds: readonly RoomId[],
  act: Act,
): Promise<Outcome> {
  const { seq, either, body } = act
  const { client, hostile } = people[act.who]!
  const [userId, roomId] = [people[act.whom]!.userId, roomIds[act.room]!]
  const { messages, users } = client
  const { rooms } = messages
  const one = { roomId, seq }
  const reaction = { ...one, emoji: emojiOf(act) }
  const verbs: Record<Act['verb'], () => Promise<unknown>> = {
    send: () =>
      untilAnswered(() => hostile.messages.send({ roomId, body, clientId: body, ...(either && { replyTo: seq }) })),
    edit: () => messages.edit({ ...one, body }),
    remove: () => messages.remove(one),
    react: () => messages.react(reaction),
    unreact: () => messages.unreact(reaction),
    join: () => rooms.join({ roomId }),
    leave: () => rooms.leave({ roomId }),
    end: () => rooms.remove({ roomId }),
    addMember: () => rooms.members.add({ roomId, userIds: [userId] }),
    removeMember: () => rooms.members.remove({ roomId, userId }),
    ban: () => rooms.members.ban({ roomId, userId }),
    unban: () => rooms.members.unban({ roomId, userId }),
    setRole: () => rooms.members.setRole({ roomId, userId, role: roleOf(act) }),
    setHistory: () => rooms.update({ roomId, history: either ? 'shared' : 'joined' }),
    setAccess: () => rooms.update({ roomId, access: either ? 'open' : 'closed' }),
    archive: () => rooms.archive({ roomId, archived: either }),
    markDelivered: () => messages.markDelivered(one),
    markRead: () => messages.markRead({ ...one, private: !either }),
    block: () => users.blocks.add({ userId }),
    unblock: () => users.blocks.remove({ userId }),
  }
  return outcomeOf(verbs[act.verb]())
}

/** Sends again what got no answer, or none of the server. */
async function untilAnswered(send: () => Promise<Message>): Promise<Message> {
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (!isAntiphonError(error) || (error.status > 0 && error.status < 500)) throw error
    }
  }
}

export function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  return call.then(
    () => 'ok',
    (error: unknown) => {
      if (isAntiphonError(error)) return error.code
      throw error
    },
  )
}

/** A message in the words of the model. */
export function inWords(people: readonly Somebody[], message: Message): ModelMessage {
  const { seq, body, version, deletedAt, replyTo, reactions } = message
  const whoIs = (id: UserId) => people.findIndex(({ userId }) => userId === id)
  return {
    ...{ seq, body, version, replyTo, sender: whoIs(message.senderId), isDeleted: deletedAt !== null },
    reactions: sorted(reactions.flatMap(({ emoji, userIds }) => userIds.map((id) => ({ emoji, who: whoIs(id) })))),
    isHidden: false,
  }
}

/** A message of the model as somebody gets it, who is not told that it is hidden. */
export function asTold({ reactions, ...message }: ModelMessage): ModelMessage {
  return { ...message, reactions: sorted(reactions), isHidden: false }
}

function sorted(reactions: ModelMessage['reactions']): ModelMessage['reactions'] {
  return reactions.toSorted((a, b) => a.emoji.localeCompare(b.emoji) || a.who - b.who)
}
