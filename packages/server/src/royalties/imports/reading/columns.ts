import type { ImportKind } from '../rows/kinds.ts'

export type Field =
  | ('date' | 'listener' | 'track' | 'seconds' | 'region')
  | ('plan' | 'fee' | 'origin' | 'period' | 'currency')
  | ('title' | 'label' | 'isrc' | 'share')

/** What columns are called: letters and digits in lower case, what is meant most surely first. */
const names: Readonly<Record<Field, readonly string[]>> = {
  date: ['date', 'day', 'playedon', 'playedat', 'streamdate', 'timestamp', 'datetime'],
  listener: ['listenerid', 'userid', 'listener', 'user', 'customerid', 'subscriberid', 'accountid'],
  track: ['trackid', 'track', 'songid', 'recordingid', 'trackexternalid'],
  seconds: ['seconds', 'sec', 'secs', 'durationseconds', 'secondsplayed', 'listenedseconds', 'duration'],
  region: ['region', 'country', 'territory', 'countrycode'],
  plan: ['plan', 'producttype', 'product', 'tier', 'subscription'],
  fee: ['fee', 'price', 'amount', 'gross', 'paid'],
  origin: ['origin', 'channel', 'store', 'source'],
  period: ['period', 'month'],
  currency: ['currency', 'currencycode'],
  title: ['title', 'trackname', 'tracktitle', 'name', 'song'],
  label: ['label', 'labelname', 'recordlabel', 'rightsholder'],
  isrc: ['isrc', 'isrccode'],
  share: ['share', 'sharepercent', 'percent', 'percentage'],
}

/** Where the kind of file says what an id is of. */
const plainIds = ['externalid', 'id']

const fieldsOf: Readonly<Record<ImportKind, readonly Field[]>> = {
  streams: ['date', 'listener', 'track', 'seconds', 'region'],
  listeners: ['listener', 'plan', 'fee', 'origin', 'period', 'currency'],
  tracks: ['track', 'title', 'label', 'isrc', 'share'],
}

const neededBy: Readonly<Record<ImportKind, readonly Field[]>> = {
  streams: ['date', 'listener', 'track', 'seconds'],
  listeners: ['listener'],
  tracks: ['track'],
}

export type Columns = Partial<Record<Field, string>>

type Asked = Partial<Record<Field, string | undefined>>

const folded = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** Which column has which field; `asked` goes before what is found. */
export function findColumns(
  kind: ImportKind,
  header: readonly string[],
  asked: Asked,
): { columns: Columns; missing: string[] } {
  const columns: Columns = {}
  const missing: string[] = []
  const free = new Map(header.map((name) => [folded(name), name] as const).reverse())
  for (const field of fieldsOf[kind]) {
    const name = asked[field]
    if (name === undefined) continue
    const found = header.find((given) => given.trim() === name.trim()) ?? free.get(folded(name))
    if (found === undefined) missing.push(name)
    else {
      columns[field] = found
      free.delete(folded(found))
    }
  }
  for (const field of fieldsOf[kind]) {
    if (asked[field] !== undefined) continue
    const isSubject = (kind === 'listeners' && field === 'listener') || (kind === 'tracks' && field === 'track')
    const known = [...names[field], ...(isSubject ? plainIds : [])]
    const found = known.find((name) => free.has(name))
    if (found === undefined) continue
    columns[field] = free.get(found) ?? found
    free.delete(found)
  }
  for (const field of neededBy[kind])
    if (columns[field] === undefined && asked[field] === undefined) missing.push(field)
  if (columns.fee !== undefined && columns.origin === undefined && asked.origin === undefined) missing.push('origin')
  return { columns, missing }
}

/** Where in a row each field is. */
export type Layout = Partial<Record<Field, number>>

export function layoutOf(columns: Columns, header: readonly string[]): Layout {
  return Object.fromEntries(Object.entries(columns).map(([field, name]) => [field, header.indexOf(name)]))
}
