import { texts } from '../texts.ts'

/** What stands in place of content: loading, or what went wrong. */
export function Notice({ problem, onRetry }: { problem?: string | undefined; onRetry?: (() => void) | undefined }) {
  if (problem === undefined) return <p className="notice late">{texts.loading}</p>
  return (
    <div className="notice" role="alert">
      <p>{problem}</p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {texts.retry}
        </button>
      )}
    </div>
  )
}
