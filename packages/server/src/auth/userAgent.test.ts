import { expect, test } from 'vitest'
import { deviceNameOf } from './userAgent.ts'

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const apple = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox on Android'],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${apple} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`,
    'Firefox on iPhone',
  ],
  [`Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/138.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/138.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/138.0.0.0 Safari/537.36`, 'Chrome on Mac'],
  [`Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) ${apple} CriOS/138.0 Mobile/15E148 Safari/604.1`, 'Chrome on iPad'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} HeadlessChrome/138.0.0.0 Safari/537.36`, 'Chrome on Linux'],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${apple} Version/18.5 Mobile/15E148 Safari/604.1`,
    'Safari on iPhone',
  ],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${apple} Version/18.5 Safari/605.1.15`, 'Safari on Mac'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`,
    'Edge on Windows',
  ],
  [
    `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/138.0.0.0 Mobile Safari/537.36 EdgA/138.0.0.0`,
    'Edge on Android',
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/137.0.0.0 Safari/537.36 OPR/121.0.0.0`,
    'Opera on Windows',
  ],
  [
    `Mozilla/5.0 (Linux; Android 10; K) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [
    `Mozilla/5.0 (X11; Linux x86_64) ${webkit} App/1.0 Chrome/138.0.0.0 Electron/37.0.0 Safari/537.36`,
    'Desktop app on Linux',
  ],
  ['Mozilla/5.0 (Windows NT 10.0) Something/1.0', 'Windows'],
  ['Mozilla/5.0 Firefox/140.0', 'Firefox'],
  ['Mozilla/5.0', ''],
  ['curl/8.14.1', 'curl'],
  ['Wget/1.25.0', 'Wget'],
  ['node', 'Node.js'],
  ['undici', 'Node.js'],
  ['node-fetch/1.0 (+https://github.com/bitinn/node-fetch)', 'Node.js'],
  ['Bun/1.2.18', 'Bun'],
  ['Deno/2.4.0', 'Deno'],
  ['python-requests/2.32.4', 'Python'],
  ['Go-http-client/2.0', 'Go'],
  ['PostmanRuntime/7.44.1', 'Postman'],
  ['curling/1.0', ''],
  ['my node', ''],
  ['constructor/1', ''],
  ['Firefox on <script>alert(1)</script>', ''],
  ['', ''],
  [undefined, ''],
])('%j is %j', (userAgent, name) => {
  expect(deviceNameOf(userAgent)).toBe(name)
})

test('hostile ones cost nothing and say nothing of their own', () => {
  const start = performance.now()
  const hostile = [
    'a'.repeat(1e6),
    '.'.repeat(1e6),
    `Mozilla/5.0 ${'('.repeat(1e6)}`,
    `Mozilla/${' '.repeat(1e6)}Firefox/1 Linux`,
  ]
  expect(hostile.map(deviceNameOf)).toEqual(['', '', '', ''])
  expect(performance.now() - start).toBeLessThan(50)
})
