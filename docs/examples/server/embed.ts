import { createAntiphon } from '@antiphon/server'

const antiphon = await createAntiphon({ database: process.env.DATABASE_URL ?? './data' })

// Every procedure as a typed function in this process, without HTTP: as nobody, as a user, as a service (for a user).
const suffix = Date.now().toString(36)
const account = { userName: `embedded_${suffix}`, email: `${suffix}@example.com`, password: 'a long passphrase' }
const { user } = await antiphon.caller().users.signUp(account)
const room = await antiphon.caller({ userId: user.id }).messages.rooms.create({ name: 'From inside' })
const importer = antiphon.caller({ service: 'importer' }) // the name is for the audit log
await importer.users.create({ userName: `imported_${suffix}` })

// The same over HTTP: tRPC at /trpc, plain JSON at /api/v1.
const { url } = await antiphon.listen({ port: 0 })
console.log(room.name, url)
await antiphon.close()
