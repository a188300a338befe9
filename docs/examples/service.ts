import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

// #region service
const service = createClient({ url, token: process.env.ANTIPHON_KEY }) // of `antiphon keys create`
const bob = await service.users.get({ userName: 'bob' })
console.log(bob.email) // services see addresses and roles

const bot = await service.users.create({ userName: `lesson-bot-${suffix}`, firstName: 'Lessons' })
const room = await service.as(bot.id).messages.rooms.direct({ userId: bob.id })
await service.as(bot.id).messages.send({ roomId: room.id, body: 'Your lesson starts in five minutes.' })
// #endregion service

// #region limits
const me = await service.users.me.safe()
console.log(me.ok ? 'a service is somebody' : me.error.message) // in the name of a user only
const wide = await service.users.apiKeys.create.safe({ name: 'More', kind: 'service', scopes: ['messages:read'] })
console.log(wide.ok ? 'more than it has' : wide.error.code) // SCOPE_TOO_WIDE
// #endregion limits
