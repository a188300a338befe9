import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { usedScopes } from '../../providers/zoom/scopes.ts'
import { createAccount, type ZoomActs } from './account.ts'
import { createApiServer } from './http/api.ts'
import type { Fault, LoggedRequest } from './http/faults.ts'
import { serveFile } from './http/files.ts'
import { createFront } from './http/front.ts'
import type { Plan } from './http/limits.ts'
import { createLog, listen, stop, textOf } from './http/listen.ts'
import { type App, createOauth } from './http/oauth.ts'
import { misbehave } from './http/send.ts'
import { createWebhooks, type Mishap, type WebhookTarget } from './webhooks.ts'

export interface ZoomServerOptions {
  readonly port?: number
  /** By which its own clock goes; the machine's unless given. */
  readonly now?: () => Date
  readonly plan?: Plan
  /** What its app may do: everything that Antiphon uses unless given. */
  readonly scopes?: readonly string[]
  readonly app?: App
  readonly tokenSeconds?: number
  /** Whether a new token ends the one before. */
  readonly revokesOlder?: boolean
  /** What an hour of retries of webhooks is here, as a part of one. */
  readonly retryFactor?: number
  /** From the same one come the same ids. */
  readonly seed?: string
}

/** A server on loopback that behaves as Zoom does, with one account. */
export interface ZoomServer extends ZoomActs {
  readonly url: string
  readonly app: () => App
  readonly log: readonly LoggedRequest[]
  /** Ends all tokens. */
  expireTokens(): void
  setPlan(plan: Plan): void
  setScopes(scopes: readonly string[]): void
  /** Gives the app another secret; tokens hold. */
  setSecret(clientSecret: string): void
  /** From now on its clock is so far ahead. */
  skew(aheadMs: number): void
  /** From now on; asked for each request. */
  misbehave(faultOf: (request: LoggedRequest) => Fault | undefined): void
  /** Sends events there once the address has shown that it knows the secret; whether it has. Undefined for nowhere. */
  setWebhook(target: WebhookTarget | undefined): Promise<boolean>
  misdeliver(mishapOf: (event: string) => Mishap | undefined): void
  /** When no event is on its way, but those that wait for their time. */
  delivered(): Promise<void>
  close(): Promise<void>
}

const testApp = { accountId: 'zoom-account', clientId: 'zoom-client', clientSecret: 'zoom-secret' }

/** What can be set from outside, while it serves. */
interface Settings {
  app: App
  plan: Plan
  scopes: readonly string[]
  aheadMs: number
  faultOf: (request: LoggedRequest) => Fault | undefined
}

/** Begins to listen, on loopback only. */
export async function startZoomServer(options: ZoomServerOptions = {}): Promise<ZoomServer> {
  const { app = testApp, plan = 'business', scopes = usedScopes, seed = 'zoom', retryFactor = 0.001 } = options
  const settings: Settings = { app, plan, scopes, aheadMs: 0, faultOf: () => undefined }
  const now = () => new Date((options.now?.() ?? new Date()).getTime() + settings.aheadMs)
  let [url, filesUrl] = ['', '']
  const address = () => url
  const log = createLog(now)
  const webhooks = createWebhooks({ now, retryFactor })
  const account = createAccount({ accountId: app.accountId, seed, now, address, emit: webhooks.emit })
  const oauth = createOauth({
    ...{ app: () => settings.app, scopes: () => settings.scopes, now, revokesOlder: options.revokesOlder ?? true },
    ...{ lifeSeconds: options.tokenSeconds ?? 3_600, makeToken: () => randomBytes(24).toString('base64url') },
  })
  const api = createApiServer({ account, oauth, now, plan: () => settings.plan, address })
  const front = createFront({ account, oauth, api, filesUrl: () => filesUrl })
  const main = createServer((request, response) => {
    const serve = async () => {
      const text = await textOf(request)
      response.setHeader('date', now().toUTCString())
      const fault = settings.faultOf(log.note(request, 'zoom', text))
      await misbehave(fault, { request, response, now }, () => front(request, response, text))
    }
    serve().catch(() => request.socket.destroy())
  })
  const files = createServer((request, response) => {
    log.note(request, 'files')
    const id = /^\/files\/([\w-]+)\?signature=good$/.exec(request.url ?? '')?.[1]
    const file = account.state.files.find((file) => file.id === id && !file.isTrashed)
    serveFile(request, response, file)
  })
  url = await listen(main, options.port ?? 0)
  filesUrl = await listen(files, 0)
  const close = async () => {
    webhooks.close()
    await Promise.all([main, files].map(stop))
  }
  const { state: _state, user: _user, meeting: _meeting, ...acts } = account
  return {
    ...{ ...acts, ...controls(settings), url, log: log.entries, expireTokens: oauth.expire, close },
    ...{ setWebhook: webhooks.set, misdeliver: webhooks.misbehave, delivered: webhooks.settled },
  }
}

function controls(settings: Settings) {
  return {
    app: () => settings.app,
    setPlan(plan: Plan) {
      settings.plan = plan
    },
    setScopes(scopes: readonly string[]) {
      settings.scopes = scopes
    },
    setSecret(clientSecret: string) {
      settings.app = { ...settings.app, clientSecret }
    },
    skew(aheadMs: number) {
      settings.aheadMs = aheadMs
    },
    misbehave(faultOf: Settings['faultOf']) {
      settings.faultOf = faultOf
    },
  }
}
