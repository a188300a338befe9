import type { Logger } from 'pino'
import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import type { ConnectionId } from '../../ids.ts'
import type { ProviderError } from '../../providers/provider.ts'
import type { Watch } from '../../providers/watched.ts'
import { type Account, breakConnection, mendConnection, pauseSource } from './store.ts'

/** Notes how an account does, whoever uses it. */
export interface Health extends Watch {
  /** As it was found in the database. */
  learn(account: Pick<Account, 'state' | 'details'>): void
}

const known = z.object({ cause: z.string() })
/** Whatever works shows that the credentials count; other things are shown by the same call alone. */
const anything = 'anything'

interface Dependencies {
  readonly db: Db
  readonly log: Logger
  readonly id: ConnectionId
  readonly provider: string
}

/** What changes is logged once, not at every call. */
export function createHealth({ db, log, id, provider }: Dependencies): Health {
  /** What has to work so that it counts again; undefined while all is well. */
  let cause: string | undefined
  const about = { connectionId: id, provider }
  const quietly = (work: Promise<unknown>) =>
    work.catch((err: unknown) => log.warn({ ...about, err }, 'how an account does was not noted'))
  const note = async (problem: string, needed: string) => {
    cause = needed
    if (await breakConnection(db, id, { problem, cause: needed })) log.warn({ ...about, problem }, 'an account broke')
  }
  const mend = async () => {
    cause = undefined
    if (await mendConnection(db, id)) log.info(about, 'an account works again')
  }
  return {
    learn({ state, details }) {
      cause = state === 'ok' ? undefined : (known.safeParse(details).data?.cause ?? 'check')
    },
    async succeeded(method) {
      if ((cause === anything && method !== 'fetchRecording') || cause === method) await quietly(mend())
    },
    async refused(method, { problem, message }: ProviderError) {
      if (problem.kind === 'rateLimited') await quietly(pauseSource(db, { id, provider }, problem.retryAt))
      if (problem.kind === 'quota') await quietly(pauseSource(db, { id, provider }, problem.resetAt))
      // Files are given by other hosts, which have rules of their own.
      const isOurs = problem.kind === 'unauthorized' && method !== 'fetchRecording'
      if (isOurs) await quietly(note(message, anything))
      // Without the list of what runs nothing is known; what else is not allowed is told to whoever wants it.
      if (problem.kind === 'forbidden' && method === 'snapshot') await quietly(note(message, method))
    },
  }
}
