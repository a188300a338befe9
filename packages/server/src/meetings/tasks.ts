import type { Logger } from 'pino'
import type { Vault } from '../auth/vault.ts'
import type { Db } from '../db/connect.ts'
import type { Tasks } from '../jobs/task.ts'
import type { ExactLimits } from '../limits/exact.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { Providers } from '../providers/registry.ts'
import type { Storage } from '../storage/storage.ts'
import { invitationTasks } from './invitations/mails.ts'
import { recordingMailTasks } from './recordings/sharing/mails.ts'
import { recordingTasks } from './recordings/tasks.ts'
import { roomTasks } from './rooms/follow.ts'

interface Dependencies {
  readonly db: Db
  readonly log: Logger
  readonly mailer: Mailer
  readonly limits: ExactLimits
  readonly vault: Vault
  readonly providers: Providers
  readonly storage: Storage
  /** For how many days recordings are kept; undefined for ever. */
  readonly recordingDays: number | undefined
  readonly publicUrl: () => string
  readonly senderEmail: string
}

/** What is done for meetings in the background. */
export function meetingTasks(dependencies: Dependencies): Tasks {
  return {
    ...invitationTasks(dependencies),
    ...roomTasks(dependencies),
    ...recordingMailTasks(dependencies),
    ...recordingTasks(dependencies),
  }
}
