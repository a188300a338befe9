import type pg from 'pg'
import { ApiError } from '../errors.ts'
import { networkOf } from './address.ts'
import { type CountStore, createCounter, type Taken } from './counter.ts'
import { type Attempt, createProgressive } from './progressive.ts'

const hour = 3_600
const pauses = { firstPauseSeconds: 15, longestPauseSeconds: hour, rememberedSeconds: 24 * hour }

/** How often what may be done. */
export const exactLimits = {
  signIn: { times: 5, seconds: 900, ...pauses },
  signInOfNetwork: { times: 100, seconds: hour },
  signInOfAccount: { times: 50, seconds: hour },
  code: { times: 5, seconds: 900, ...pauses },
  share: { times: 5, seconds: 900, ...pauses },
  mail: { times: 3, seconds: hour },
  mailOfNetwork: { times: 20, seconds: hour },
  openings: { times: 120, seconds: hour },
  invitations: { times: 5_000, seconds: 24 * hour },
  notices: { times: 60, seconds: hour },
  noticesOfSender: { times: 5, seconds: hour },
  signUpOfNetwork: { times: 300, seconds: hour },
}

type Limits = typeof exactLimits

export interface SignInAttempt {
  /** The normalised identifier, whether there is such an account or not; undefined if it cannot be one. */
  account: string | undefined
  /** From where; undefined for callers in this process, who have no limits by address. */
  address: string | undefined
  /** Whether this account has signed in from there before. */
  known: boolean
}

/** What was counted before a secret is verified. Without a further word it counts as a failure. */
export interface Judged {
  /** The secret was right: clears the count of this place, and gives back the other counts. */
  succeeded(): Promise<void>
  /** The secret was never looked at: this attempt does not count. */
  giveBack(): Promise<void>
}

export type ExactLimits = ReturnType<typeof createExactLimits>

/** The limits of what is worth guessing or flooding, exact over all instances. `limits` is for tests. */
export function createExactLimits(store: CountStore, limits: Limits = exactLimits) {
  const signIn = createSignIn(store, limits)
  const codes = createProgressive(store, 'code', limits.code)
  const passwords = createProgressive(store, 'password', limits.code)
  const passcodes = createProgressive(store, 'passcode', limits.code)
  const shares = createProgressive(store, 'share', limits.share)
  const mails = createCounter(store, 'mail', limits.mail)
  const mailsOfNetwork = createCounter(store, 'mail-network', limits.mailOfNetwork)
  const openings = createCounter(store, 'openings', limits.openings)
  const invitations = createCounter(store, 'invitations', limits.invitations)
  const notices = createCounter(store, 'notices', limits.notices)
  const noticesOfSender = createCounter(store, 'notices-sender', limits.noticesOfSender)
  const signUps = createCounter(store, 'signup-network', limits.signUpOfNetwork)
  return {
    /**
     * Before a password is verified. Nobody elsewhere can lock out who signs in from a known address: only failures at the
     * same place count there.
     * @throws RATE_LIMITED
     */
    beforeSignIn: signIn,
    /**
     * Before a code of a second factor is verified, which only somebody with the password gets to.
     * @throws RATE_LIMITED
     */
    async beforeCode({ userId, place }: { userId: string; place: string }): Promise<Judged> {
      return judge(await codes.take([userId, place]), [])
    },
    /**
     * Before the password of somebody who is signed in is verified once more.
     * @throws RATE_LIMITED
     */
    async beforePassword({ userId }: { userId: string }): Promise<Judged> {
      return judge(await passwords.take([userId]), [])
    },
    /**
     * Before the passcode of a meeting is compared, whether there is such a meeting or not. Nobody but the guesser waits.
     * @throws RATE_LIMITED
     */
    async beforePasscode({ meetingId, userId }: { meetingId: string; userId: string }): Promise<Judged> {
      return judge(await passcodes.take([meetingId, userId]), [])
    },
    /**
     * Before the password of something that is shared is verified: by what it is of, and who gives it.
     * @throws RATE_LIMITED
     */
    async beforeShare(whom: readonly string[]): Promise<Judged> {
      return judge(await shares.take(whom), [])
    },
    /**
     * Before mail is sent to an address that anyone can name; false if it has had enough, which nobody is to be told.
     * @throws RATE_LIMITED when the caller's network has asked too often
     */
    async beforeMail({ emailKey, address }: { emailKey: string; address: string | undefined }): Promise<boolean> {
      if (address !== undefined) refuseBeyond(await mailsOfNetwork.take([networkOf(address)]))
      return (await mails.take([emailKey])).allowed
    },
    /**
     * Before somebody opens something that notes each opening.
     * @throws RATE_LIMITED
     */
    async beforeOpening(whom: readonly string[]): Promise<void> {
      refuseBeyond(await openings.take(whom))
    },
    /**
     * Before somebody has so many people told of something by mail.
     * @throws RATE_LIMITED
     */
    async beforeInvitations({ userId, count }: { userId: string; count: number }): Promise<void> {
      const taken = await invitations.take([userId], count)
      if (taken.allowed) return
      await taken.giveBack()
      throw limited(taken.waitMs)
    },
    /** Before an address is told of something by mail, in somebody's name: how long to wait with it, 0 for not at all. */
    async noticeWaitMs({ senderId, emailKey }: { senderId: string; emailKey: string }): Promise<number> {
      // First and alone: what one sends does not count against others beyond what may be sent.
      const own = await noticesOfSender.take([senderId, emailKey])
      const all = own.allowed ? await notices.take([emailKey]) : undefined
      if (all?.allowed) return 0
      await Promise.all([own.giveBack(), all?.giveBack()])
      return Math.max(1, (all ?? own).waitMs)
    },
    /** @throws RATE_LIMITED when too many accounts were made from this network */
    async beforeSignUp({ address }: { address: string | undefined }): Promise<void> {
      if (address !== undefined) refuseBeyond(await signUps.take([networkOf(address)]))
    },
    /** Removes counts that have ended; how many. */
    removeExpired: () => removeExpired(store.pool),
  }
}

function createSignIn(store: CountStore, limits: Limits) {
  const pairs = createProgressive(store, 'signin', limits.signIn)
  const networks = createCounter(store, 'signin-network', limits.signInOfNetwork)
  const accounts = createCounter(store, 'signin-account', limits.signInOfAccount)
  return async ({ account, address, known }: SignInAttempt): Promise<Judged> => {
    const network = address === undefined ? undefined : networkOf(address)
    // First and alone: what is refused here must not count for the account, or one place could exhaust it for all.
    const pair = account === undefined || network === undefined ? undefined : await pairs.take([account, network])
    if (pair !== undefined && !pair.allowed) return judge(pair, [])
    const [ofNetwork, ofAccount] = await Promise.all([
      network === undefined ? undefined : networks.take([network]),
      account === undefined || known ? undefined : accounts.take([account]),
    ])
    // Counted for known ones too, but they are not refused: neighbours behind one address could lock them out.
    const others = [ofNetwork === undefined || !known ? ofNetwork : { ...ofNetwork, allowed: true }, ofAccount]
    return judge(
      pair,
      others.filter((taken) => taken !== undefined),
    )
  }
}

/** Lets an attempt go ahead that all its counts allow; otherwise gives back what it took and refuses. */
async function judge(attempt: Attempt | undefined, others: Taken[]): Promise<Judged> {
  const all = attempt === undefined ? others : [attempt, ...others]
  const giveBack = async (taken: Taken[]) => {
    await Promise.all(taken.map((one) => one.giveBack()))
  }
  const refusals = all.filter(({ allowed }) => !allowed)
  if (refusals.length > 0) {
    await giveBack(all)
    throw limited(Math.max(...refusals.map(({ waitMs }) => waitMs)))
  }
  await attempt?.goAhead()
  return {
    succeeded: async () => {
      await Promise.all([attempt?.clear(), giveBack(others)])
    },
    giveBack: () => giveBack(all),
  }
}

function refuseBeyond({ allowed, waitMs }: Taken): void {
  if (!allowed) throw limited(waitMs)
}

function limited(waitMs: number): ApiError {
  return new ApiError('RATE_LIMITED', { retryAfterMs: Math.max(1, Math.ceil(waitMs)) })
}

const removedAtOnce = 10_000

/** In bounded steps, by the index over `expire`. */
async function removeExpired(pool: pg.Pool): Promise<number> {
  let removed = 0
  for (;;) {
    const { rowCount } = await pool.query(
      `delete from rate_limits where key in (
         select key from rate_limits where expire < $1 order by expire limit $2 for update skip locked)`,
      [Date.now(), removedAtOnce],
    )
    removed += rowCount ?? 0
    if ((rowCount ?? 0) < removedAtOnce) return removed
  }
}
