import { maxExportCharacters } from './schema.ts'
import type { staysInRooms } from './store.ts'

type Row = Awaited<ReturnType<typeof staysInRooms>>[number]

const head = ['Session', 'Title', 'Started', 'Ended', 'Name', 'User', 'Joined', 'Left', 'Minutes']

/** Who was there from when to when, a line each; a session that nobody is known of has one line. As many as fit. */
export function toCsv(rows: readonly Row[]): string {
  let text = lineOf(head)
  for (const row of rows) {
    const { sessionId, title, startedAt, endedAt, name, userId, joinedAt, leftAt } = row
    const minutes = joinedAt && leftAt ? Math.round((leftAt.getTime() - joinedAt.getTime()) / 6_000) / 10 : ''
    const times = [joinedAt, leftAt].map((at) => at?.toISOString() ?? '')
    const line = lineOf([
      ...[sessionId, title, startedAt.toISOString(), endedAt?.toISOString() ?? ''],
      ...[name ?? '', userId ?? '', ...times, String(minutes)],
    ])
    if (text.length + line.length > maxExportCharacters) break
    text += line
  }
  return text
}

function lineOf(fields: readonly string[]): string {
  return `${fields.map(field).join(',')}\r\n`
}

/** What a spreadsheet would take for a formula is text. */
function field(text: string): string {
  const safe = /^[\s\p{Cf}]*[=+\-@＝＋－＠\t\r]/u.test(text) ? `'${text}` : text
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
