import type { CallOptions } from '../provider.ts'
import type { ZoomApi } from './api/client.ts'
import { pathPart } from './api/urls.ts'
import { unlessMissing } from './facts.ts'
import { type User, user, users } from './shapes.ts'

/** The users of an account. */
export interface People {
  /** All who may hold meetings, as they were some minutes ago at most. */
  all(options: CallOptions): Promise<readonly User[]>
  /** Who has an address there; else the owner of the account. */
  host(email: string | null, options: CallOptions): Promise<User | undefined>
  /** Has them read anew. */
  forget(): void
}

const holdsMs = 10 * 60_000
/** What Zoom calls the role of an account's owner. */
const ownerRole = '0'

export function createPeople(api: ZoomApi): People {
  let known: { users: User[]; readAt: number } | undefined
  const people: People = {
    async all({ signal }) {
      if (known !== undefined && Math.abs(Date.now() - known.readAt) < holdsMs) return known.users
      const found: User[] = []
      const call = { category: 'medium', path: '/users', query: { status: 'active' }, signal } as const
      for await (const { data } of api.pages(users, call)) found.push(...data.users)
      known = { users: found, readAt: Date.now() }
      return found
    },
    async host(email, options) {
      const path = `/users/${pathPart(email ?? '')}`
      const theirs = email && (await unlessMissing(api.call(user, { category: 'light', path, ...options })))
      if (theirs) return theirs.data
      const all = await people.all(options)
      return all.find(({ role_id }) => role_id === ownerRole) ?? all[0]
    },
    forget: () => {
      known = undefined
    },
  }
  return people
}
