import type { ZoomMeeting } from '../state.ts'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')

const page = (title: string, text: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>body { font: 1.1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
</html>
`

/** Where the links to join lead: there is no room behind it. */
export function roomPage(meeting: ZoomMeeting | undefined): string {
  if (meeting === undefined) return page('No such meeting', "The demo's Zoom has no meeting of this number.")
  const state = meeting.run === null ? 'Nobody is there now.' : 'It is running.'
  return page(
    meeting.details.topic,
    `This is a room of the demo's Zoom: at the real one, the meeting would open. ${state}`,
  )
}

/** What Zoom shows to those who may not have a file, or ask what stands before it. */
export const signInPage = page('Sign In', 'Please sign in to continue.')
