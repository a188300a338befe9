/** What the server does instead of what it is asked for. */
export type Fault =
  | { readonly status: number; readonly code?: number; readonly message?: string }
  /** Does it after so long. */
  | { readonly slowMs: number }
  /** Answers with a page, as what stands before Zoom does. */
  | { readonly html: number }
  /** Answers with this text as its JSON. */
  | { readonly text: string }
  /** Answers without end. */
  | 'endless'
  /** Hangs up before it does anything. */
  | 'hangUp'
  /** Does it, and says nothing. */
  | 'loseAnswer'
  /** Too many in a second, in a day, at once, or for one host. */
  | 'qps'
  | 'daily'
  | 'lockKey'
  | 'perHost'

/** What came in. */
export interface LoggedRequest {
  readonly at: Date
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Whether it said who it was. */
  readonly isAuthorized: boolean
  readonly body: unknown
  /** Whether it went to the host that has the files. */
  readonly host: 'zoom' | 'files'
}
