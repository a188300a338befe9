import type { Db } from '../../db/connect.ts'
import type { Tasks } from '../../jobs/task.ts'
import type { Providers } from '../../providers/registry.ts'
import type { Storage } from '../../storage/storage.ts'
import { copyTask } from './copying/copy.ts'
import { discover, discoverEnded } from './copying/discover.ts'
import { prepareTask } from './preparing/prepare.ts'
import { findMediaTools, type MediaTools } from './preparing/tools.ts'
import { sweepRecordings } from './retention/sweep.ts'

interface Dependencies {
  readonly db: Db
  readonly storage: Storage
  readonly providers: Providers
  /** For how many days recordings are kept; undefined for ever. */
  readonly recordingDays: number | undefined
}

/** What is done for recordings in the background. */
export function recordingTasks({ db, storage, providers, recordingDays }: Dependencies): Tasks {
  let found: Promise<MediaTools | undefined> | undefined
  const tools = () => (found ??= findMediaTools())
  return {
    'recordings.prepare': prepareTask({ db, storage, tools }),
    'recordings.discover': (given, { signal }) => discover({ db, providers }, given, signal),
    'recordings.discoverEnded': () => discoverEnded(db, providers),
    'recordings.copy': copyTask({ db, storage, providers }),
    'recordings.sweep': () => sweepRecordings(db, recordingDays),
  }
}

/** And when by the clock. */
export const recordingSchedule = [
  { task: 'recordings.discoverEnded', cron: '*/5 * * * *' },
  { task: 'recordings.sweep', cron: '22 * * * *' },
]
