import { createHash } from 'node:crypto'
import { slashedOrder } from '../reading/dates.ts'
import { detect, FileRefused, headBytes } from '../reading/detect.ts'
import { type FoundFormat, type KeptFormat, keptFormat } from '../reading/format.ts'
import type { ImportRow } from '../store.ts'
import { keeper, type Work } from './work.ts'

export interface Looked {
  digest: Buffer
  bytes: number
  format: KeptFormat & { found: FoundFormat }
}

/**
 * Goes through a file once: what it is known again by, and how it is written.
 * @throws FileRefused
 */
export async function look(work: Work, { id, kind, format: kept }: ImportRow): Promise<Looked> {
  const { asked, period, currency } = keptFormat.parse(kept)
  const source = await work.open(0)
  if (source === undefined) throw new FileRefused('UNREADABLE', 'The file is gone.')
  const hash = createHash('sha256')
  const keep = keeper(work, id)
  let head: Buffer[] = []
  let bytes = 0
  let detected: ReturnType<typeof detect> | undefined
  let tail = ''
  for await (const chunk of source) {
    work.signal.throwIfAborted()
    hash.update(chunk)
    bytes += chunk.length
    await keep()
    if (detected === undefined) {
      head.push(Buffer.from(chunk))
      if (bytes < headBytes) continue
      detected = detect({ bytes: Buffer.concat(head), whole: false, kind, asked })
      head = []
    } else if (!detected.isSure) {
      // The first rows may all be of the first days of a month.
      const text = tail + Buffer.from(chunk).toString('latin1')
      const dateFormat = slashedOrder(text)
      if (dateFormat !== undefined) detected = { format: { ...detected.format, dateFormat }, isSure: true }
      tail = text.slice(-20)
    }
  }
  detected ??= detect({ bytes: Buffer.concat(head), whole: true, kind, asked })
  if (kind === 'listeners' && detected.format.columns.fee !== undefined) needPeriod(detected.format, period)
  hash.update(readingOf(kind, { period, currency, found: detected.format }))
  return { digest: hash.digest(), bytes, format: { asked, period, currency, found: detected.format } }
}

/** What the rows of a file come to rests on, besides its bytes; whether that was asked for or found makes no difference. */
function readingOf(kind: ImportRow['kind'], { period, currency, found }: Omit<Looked['format'], 'asked'>): string {
  const { type, delimiter, decimal, dateFormat, layout } = found
  const fields = Object.entries(layout).sort(([a], [b]) => (a < b ? -1 : 1))
  const fees = kind === 'listeners' ? [period, currency, decimal] : []
  return JSON.stringify([kind, type, delimiter, fields, kind === 'streams' ? dateFormat : null, ...fees])
}

function needPeriod({ columns }: FoundFormat, period: string | null): void {
  if (columns.period === undefined && period === null)
    throw new FileRefused('PERIOD_NEEDED', 'The fees have no period: say which (`period`), or have a column for it.')
}
