import { router, signedIn } from '../trpc.ts'
import { streamEvent, subscribeInput } from './schema.ts'

export const eventsRouter = router({
  subscribe: signedIn
    .meta({
      summary: 'What happens in all your rooms, as it happens.',
      description:
        'One stream per client. It begins with where each of your rooms is; what you lack of one you fetch by ' +
        '`messages.since`. Each `room.range` covers the numbers after `from` up to `to`: apply it where `from` is the last ' +
        'number you have, fetch the difference where it is higher, and pass over what you have. The SDK does all that.',
      event: streamEvent,
    })
    .input(subscribeInput)
    .subscription(({ ctx: { hub, address, auth }, signal }) =>
      hub.listen({ userId: auth.userId, address, inPerson: auth.key === null }, signal),
    ),
})
