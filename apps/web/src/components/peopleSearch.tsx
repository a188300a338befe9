import type { User } from '@antiphon/client'
import { type ReactNode, useEffect, useState } from 'react'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { Field } from './field.tsx'

interface PeopleSearchProps {
  /** Shows nobody before something is typed. */
  readonly isQuiet?: boolean
  /** Shows one. */
  readonly children: (user: User) => ReactNode
}

/** Finds people by the beginning of their user name. */
export function PeopleSearch({ isQuiet = false, children }: PeopleSearchProps) {
  const [search, setSearch] = useState('')
  const { users, problem } = usePeopleSearch(search.trim())
  return (
    <>
      <Field
        name="search"
        type="search"
        label={texts.find}
        autoComplete="off"
        autoCapitalize="none"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        problem={problem}
      />
      {!(isQuiet && search.trim() === '') && (
        <ul className="found" aria-label={texts.found}>
          {users?.map((user) => (
            <li key={user.id}>{children(user)}</li>
          ))}
          {users?.length === 0 && <li className="notice">{texts.nobodyFound(search.trim())}</li>}
        </ul>
      )}
    </>
  )
}

/** The people whose user name begins so, asked for when the typing pauses; without yourself. */
function usePeopleSearch(search: string): { users?: readonly User[]; problem?: string } {
  const { client, me, people } = useSession()
  const [found, setFound] = useState<{ users?: readonly User[]; problem?: string }>({})
  useEffect(() => {
    const stopped = new AbortController()
    const { signal } = stopped
    const timer = setTimeout(async () => {
      const page = await client.users.list.safe({ search: search || undefined, limit: 20 }, { signal })
      if (signal.aborted) return
      if (!page.ok) return setFound({ problem: errorText(page.error) })
      page.data.items.forEach(people.add)
      setFound({ users: page.data.items.filter(({ id }) => id !== me.id) })
    }, 200)
    return () => {
      clearTimeout(timer)
      stopped.abort()
    }
  }, [client, me.id, people, search])
  return found
}
