import type { FoundFormat } from '../reading/format.ts'
import type { Row } from '../reading/row.ts'
import type { RowCode } from '../schema.ts'
import { unitsIn } from './amounts.ts'
import { wrongId } from './streams.ts'

export interface TrackRow {
  line: number
  raw: string
  track: string
  title: string | null
  isrc: string | null
  label: string | null
  /** What the label gets, in millionths. */
  sharePpm: number
}

const [longestTitle, longestLabel] = [500, 200]
const whole = 1_000_000n
/** Of a percentage: its units are millionths of the whole. */
const decimals = 4
const lineEnds = /[\n\v\f\r\u0085\u2028\u2029]/

/** Reads rows of tracks; what is wrong with one is told by its code. */
export function trackReader({ layout, decimal }: FoundFormat): (row: Row) => TrackRow | RowCode {
  return ({ line, raw, fields }) => {
    const at = (index: number | undefined) => (index === undefined ? '' : (fields[index] ?? '').trim())
    const track = at(layout.track)
    const wrong = wrongId(track)
    if (wrong !== undefined) return wrong
    const [title, label] = [at(layout.title), at(layout.label)]
    if (title.length > longestTitle || lineEnds.test(title)) return 'TITLE_INVALID'
    if (label.length > longestLabel || lineEnds.test(label)) return 'LABEL_INVALID'
    const isrc = at(layout.isrc).toUpperCase().replace(/[-\s]/g, '')
    if (isrc !== '' && !/^[A-Z]{2}[A-Z0-9]{3}\d{7}$/.test(isrc)) return 'ISRC_INVALID'
    const share = at(layout.share).replace(/\s*%$/, '')
    const ppm = share === '' ? whole : unitsIn(share, decimal, decimals)
    if (ppm === undefined || ppm === 0n) return 'SHARE_INVALID'
    if (ppm > whole) return 'SHARES_TOO_HIGH'
    return { line, raw, track, title: title || null, isrc: isrc || null, label: label || null, sharePpm: Number(ppm) }
  }
}
