type Names = readonly (readonly [mark: string, name: string])[]

/** By the product that the header begins with, in lower case. */
const tools = new Map([
  ['curl', 'curl'],
  ['wget', 'Wget'],
  ['httpie', 'HTTPie'],
  ['postmanruntime', 'Postman'],
  ['insomnia', 'Insomnia'],
  ['node', 'Node.js'],
  ['node-fetch', 'Node.js'],
  ['undici', 'Node.js'],
  ['axios', 'Node.js'],
  ['bun', 'Bun'],
  ['deno', 'Deno'],
  ['python-requests', 'Python'],
  ['python-httpx', 'Python'],
  ['python-urllib', 'Python'],
  ['python', 'Python'],
  ['go-http-client', 'Go'],
  ['okhttp', 'OkHttp'],
  ['dart', 'Dart'],
  ['java-http-client', 'Java'],
  ['ruby', 'Ruby'],
])

/** The first that is found counts: most browsers also name those they descend from. */
const browsers: Names = [
  ['Electron/', 'Desktop app'],
  ['EdgA/', 'Edge'],
  ['EdgiOS/', 'Edge'],
  ['Edg/', 'Edge'],
  ['Edge/', 'Edge'],
  ['OPR/', 'Opera'],
  ['OPT/', 'Opera'],
  ['Vivaldi/', 'Vivaldi'],
  ['YaBrowser/', 'Yandex Browser'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['DuckDuckGo/', 'DuckDuckGo'],
  ['FxiOS/', 'Firefox'],
  ['Firefox/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Chromium/', 'Chrome'],
  ['Safari/', 'Safari'],
]

const systems: Names = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
  ['FreeBSD', 'FreeBSD'],
]

/** A short name for a device, such as "Firefox on Linux", from its `User-Agent`; empty where that tells nothing. */
export function deviceNameOf(userAgent: string | undefined): string {
  const said = (userAgent ?? '').slice(0, 500).trim()
  const tool = tools.get(/^[\w.-]*/.exec(said)?.[0].toLowerCase() ?? '')
  if (tool !== undefined) return tool
  if (!said.startsWith('Mozilla/')) return ''
  const [browser, system] = [find(browsers, said), find(systems, said)]
  return browser !== undefined && system !== undefined ? `${browser} on ${system}` : (browser ?? system ?? '')
}

function find(names: Names, said: string): string | undefined {
  return names.find(([mark]) => said.includes(mark))?.[1]
}
