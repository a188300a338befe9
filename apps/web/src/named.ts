import type { AntiphonClient, UserId } from '@antiphon/client'
import { texts } from './texts.ts'

/**
 * Whom a list of user names and e-mail addresses means.
 * @throws where nobody has such a name
 */
export function namedIn({ users }: AntiphonClient, list: string): Promise<({ userId: UserId } | { email: string })[]> {
  const names = list.split(/[\s,;]+/).filter(Boolean)
  return Promise.all(
    names.map(async (name) => {
      if (/.@/.test(name)) return { email: name }
      const found = await users.get.safe({ userName: name.replace(/^@/, '') })
      if (found.ok) return { userId: found.data.id }
      throw found.error.code === 'NOT_FOUND' ? new Error(texts.nobodyCalled(name)) : found.error
    }),
  )
}
