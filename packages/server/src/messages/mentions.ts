import { normalise } from '../users/names.ts'

const most = 50
const mention = /(?<![\p{L}\p{N}_@.])@([A-Za-z0-9][A-Za-z0-9._-]{2,31})/gu

/** The user names that a text mentions as `@userName`, normalised, each once, 50 at most. A final dot ends the sentence. */
export function mentionedIn(body: string): string[] {
  const names = [...body.matchAll(mention)].map(([, name = '']) => normalise(name.replace(/[._-]+$/, '')))
  return [...new Set(names)].slice(0, most)
}
