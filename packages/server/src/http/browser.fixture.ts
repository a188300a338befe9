import { requester } from '../../test/http.ts'

/** What a browser does with cookies, as far as tests need it: keeps the one of the session and sends it back. */
export function openBrowser(url: string, { cookie: given }: { cookie?: string | undefined } = {}) {
  const request = requester(url)
  let cookie = given
  /** Calls by POST, as a page of an origin does (its own server's unless given; null where there is none to tell). */
  const call = async (path: string, input: unknown = {}, headers: Record<string, string | undefined> = {}) => {
    const given = { 'content-type': 'application/json', 'antiphon-session': 'cookie', origin: url, ...headers }
    const sent = Object.entries({ ...given, ...(cookie !== undefined && { cookie }) })
    const isQuery = given['content-type'] === ''
    const answer = await request(path, {
      method: isQuery ? 'GET' : 'POST',
      headers: sent.flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : [])),
      ...(!isQuery && { body: JSON.stringify(input) }),
    })
    const setCookies = answer.headers.getSetCookie()
    for (const line of setCookies)
      cookie = /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line) ? undefined : line.split(';', 1)[0]
    return { ...answer, setCookies }
  }
  return {
    call,
    /** By GET, without a word of its origin, as browsers do for their own server. */
    get: (path: string, headers: Record<string, string | undefined> = {}) =>
      call(path, undefined, { 'content-type': '', origin: undefined, ...headers }),
    get cookie() {
      return cookie
    },
  }
}
