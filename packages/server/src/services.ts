import { join } from 'node:path'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { AntiphonOptions } from './app.ts'
import { createActivity } from './auth/activity.ts'
import { createIssuers, type Issuers } from './auth/issuers.ts'
import { createLiveStreams } from './auth/live.ts'
import { checkVault, createVault, readSecret } from './auth/vault.ts'
import { createPool, type Db } from './db/connect.ts'
import { createDoorbell } from './events/doorbell/doorbell.ts'
import { notifyWire } from './events/doorbell/notify.ts'
import { redisWire } from './events/doorbell/redis.ts'
import { removeOldEphemera } from './events/ephemera.ts'
import { createHub } from './events/hub.ts'
import { createTail, type Tail } from './events/tail.ts'
import { removeExpiredKeys } from './idempotency.ts'
import { startJobs } from './jobs/worker.ts'
import { type CallLimits, createCallLimits } from './limits/calls.ts'
import { createExactLimits } from './limits/exact.ts'
import { createSlowReads } from './limits/lanes.ts'
import { createMailer } from './mail/mailer.ts'
import { expandSeries } from './meetings/occurrences/expand.ts'
import { recordingSchedule } from './meetings/recordings/tasks.ts'
import { meetingTasks } from './meetings/tasks.ts'
import { sweepMeetings } from './meetings/traces/sweep.ts'
import { purgeRooms } from './messages/rooms/retention/purge.ts'
import { createProviders } from './providers/registry.ts'
import { importSchedule, importTasks } from './royalties/imports/tasks.ts'
import { parseHosts } from './royalties/sources/address.ts'
import { createSources } from './royalties/sources/fetcher.ts'
import { createAccounts } from './sessions/connections/accounts.ts'
import { createInbox } from './sessions/inbox/fold.ts'
import { createPeer } from './sessions/peer/provider.ts'
import { createPeerRooms } from './sessions/peer/upkeep.ts'
import { createReconciler } from './sessions/reconcile/reconciler.ts'
import { sweepSessions } from './sessions/retention/sweep.ts'
import { createDiskStorage } from './storage/disk.ts'
import { createS3Storage } from './storage/s3/s3.ts'
import type { Services } from './trpc.ts'
import { removeDue, sweepUploads } from './uploads/remove.ts'
import { fileStoreName } from './uploads/uses/store.ts'
import { mailTasks } from './users/mail/tasks.ts'
import { sweepUsers } from './users/sweep.ts'

/** What runs beside the calls, and ends with the server. */
export interface RunningServices {
  readonly services: Services
  readonly issuers: Issuers
  readonly callLimits: CallLimits
  /** Where the server listens: links in mails lead there, unless an address is set. */
  readonly listensAt: (url: string) => void
  close(): Promise<void>
}

interface Parts {
  options: AntiphonOptions
  connection: pg.ClientConfig
  pool: pg.Pool
  db: Db
  log: Logger
  /** Where that is known beforehand. */
  willListenAt?: string | undefined
}

const dayMs = 86_400_000
const megabyte = 1_048_576

/** Makes what all calls share, and starts the background work. */
export async function createServices({
  options,
  connection,
  pool,
  db,
  log,
  willListenAt,
}: Parts): Promise<RunningServices> {
  const ownDirectory = /^postgres(ql)?:\/\//.test(options.database) ? './data' : options.database
  const directory = options.secretDirectory ?? ownDirectory
  const secret = await readSecret({ secret: options.secret, directory })
  const files = options.filesDirectory ?? join(directory, 'files')
  const store = await fileStoreName(db)
  const storage = options.s3 ? await createS3Storage(options.s3, store) : createDiskStorage(join(files, store))
  const { maxMegabytes = 1_024, quotaMegabytes = 5_120 } = options.uploads ?? {}
  const uploadLimits = { maxBytes: maxMegabytes * megabyte, quotaBytes: quotaMegabytes * megabyte }
  const vault = createVault(secret)
  await checkVault(db, vault)
  const accounts = createAccounts({ db, log, vault, zoomUrl: options.zoomUrl })
  const providers = createProviders([createPeer({ db }), ...(options.providers ?? [])], accounts)
  const limitSecret = vault.keyFor('limits')
  const limits = createExactLimits({ pool, secret: limitSecret })
  const { callsPerMinute = 6_000, messagesWindowDays = 30 } = options
  let listensAt = willListenAt ?? 'http://localhost:3000'
  const publicUrl = () => options.publicUrl ?? listensAt
  const callLimits = createCallLimits({ pool, secret: limitSecret, perMinute: callsPerMinute, log })
  const activity = createActivity(db, log)
  const { idle = 30, max = 180 } = options.sessionDays ?? {}
  const sessions = { idleMs: idle * dayMs, maxMs: max * dayMs }
  const live = createLiveStreams({ db, log, sessions })
  const mailer = createMailer(options.mail, log)
  const sweep = async () => {
    await removeExpiredKeys(db)
    await limits.removeExpired()
    await sweepUsers(db, sessions)
    await purgeRooms(db)
    await expandSeries(db)
    await sweepMeetings(db)
    await sweepSessions(db)
  }
  const tailPool = createPool(connection, { max: 1, onError: (error) => log.debug({ reason: error.message }, 'tail') })
  let tail: Tail | undefined
  const peer = createPeerRooms({ db, storage, log, ice: options.ice ?? {} })
  const hub = createHub({
    ...{ db, log, activity },
    onFirst: async () => tail?.begin(),
    onLast: () => tail?.pause(),
    onGone: (userId) => peer.missing(userId),
  })
  tail = createTail({ pool: tailPool, log, onBatch: hub.onBatch, onReset: hub.onReset })
  const { redisUrl } = options
  const wire = redisUrl === undefined ? notifyWire({ connection, pool, log }) : redisWire({ url: redisUrl, log })
  const doorbell = createDoorbell({ wire, onRing: tail.wake })
  const { ring } = doorbell
  const { reconcileEverySeconds = 30 } = options
  const sessionPeriodMs = reconcileEverySeconds * 1_000
  const inbox = createInbox({ db, log, vault, providers, ring })
  const reconciler = createReconciler({ db, log, vault, providers, ring, periodMs: sessionPeriodMs })
  const { hosts = [], ca } = options.sources ?? {}
  const fetching = { ownHosts: new Set(parseHosts(hosts.join(','))), ca, limits: { maxBytes: uploadLimits.maxBytes } }
  const sources = createSources({ db, pool, log, fetching })
  const jobs = await startJobs({
    connection,
    log,
    tasks: {
      ...mailTasks({ db, mailer, publicUrl }),
      ...meetingTasks({
        ...{ db, log, limits, mailer, vault, providers, publicUrl, senderEmail: senderOf(options) },
        ...{ storage, recordingDays: options.recordingDays },
      }),
      ...importTasks({ db, pool, log, storage }),
      sweep,
      'events.sweep': () => removeOldEphemera(db),
      'uploads.remove': () => removeDue(db, storage),
      'uploads.sweep': () => sweepUploads(db, storage, log),
    },
    schedule: [
      { task: 'sweep', cron: '7 * * * *' },
      { task: 'uploads.sweep', cron: '37 * * * *' },
      { task: 'events.sweep', cron: '* * * * *' },
      ...recordingSchedule,
      ...importSchedule,
    ],
  })
  return {
    services: {
      ...{
        db,
        log,
        vault,
        limits,
        slowly: createSlowReads(),
        activity,
        live,
        sessions,
        messagesWindowDays,
        providers,
        accounts,
        inbox,
        peer,
        sources,
        sessionPeriodMs,
        storage,
        uploadLimits,
      },
      ...{ hub, ring, publicUrl, senderEmail: senderOf(options) },
    },
    issuers: createIssuers(options.issuers ?? []),
    callLimits,
    listensAt: (url) => {
      listensAt = url
    },
    async close() {
      live.close()
      hub.close()
      await Promise.all([jobs.stop(), doorbell.close(), tail.close(), peer.close(), inbox.close(), reconciler.close()])
      await sources.close()
      await tailPool.end()
      mailer.close()
      await Promise.all([activity.close(), callLimits.close()])
    },
  }
}

/** The address that mails come from; one that nobody has where there are none. */
function senderOf({ mail }: AntiphonOptions): string {
  const from = typeof mail === 'object' ? mail.from : ''
  return /[^\s<>]+@[^\s<>]+/.exec(from)?.[0] ?? 'no-reply@antiphon.invalid'
}
