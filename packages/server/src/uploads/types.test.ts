import { describe, expect, test } from 'vitest'
import { pictures, png } from './files.fixture.ts'
import { labelOf } from './names.ts'
import { inspect } from './types.ts'

const html = Buffer.from('<!doctype html><script>alert(1)</script>')
const zip = Buffer.from('504b0304140000000000', 'hex')
const pdf = Buffer.from('%PDF-1.7\n')
const mp4 = Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypisom\0\0\0\0isomiso2', 'latin1')])
const webm = Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex')

describe('pictures', () => {
  test.each(Object.entries(pictures))('%s is found with its size', async (type, bytes) => {
    expect(await inspect(bytes, type)).toEqual({ type, width: 7, height: 5 })
    expect(await inspect(bytes, 'application/octet-stream')).toEqual({ type, width: 7, height: 5 })
  })

  test('are not taken for other pictures, nor for anything else', async () => {
    for (const [type, bytes] of Object.entries(pictures)) {
      for (const other of [...Object.keys(pictures), 'text/html', 'application/pdf', 'video/mp4', 'application/zip']) {
        if (other !== type) expect([type, other, await inspect(bytes, other)]).toEqual([type, other, undefined])
      }
    }
  })

  test.each(Object.keys(pictures))('nothing else is taken for %s', async (type) => {
    for (const bytes of [html, zip, pdf, mp4, Buffer.from([0]), Buffer.from('GIF')]) {
      expect(await inspect(bytes, type)).toBeUndefined()
    }
  })

  test('one that is cut off before its size is none', async () => {
    expect(await inspect(png().subarray(0, 16), 'image/png')).toBeUndefined()
  })

  test('one without an extent is none', async () => {
    expect(await inspect(png(0, 5), 'image/png')).toBeUndefined()
    expect(await inspect(png(200_000, 1), 'image/png')).toBeUndefined()
  })
})

test.each([
  ['text/plain', html],
  ['text/html', html],
  ['text/plain', Buffer.from('BMW, MZ and %! begin like programs and pictures')],
  ['text/plain', Buffer.from('Grüße').subarray(0, 4)],
  ['text/csv', Buffer.from('Gr\xfc\xdfe;1', 'latin1')],
  ['image/svg+xml', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['application/pdf', pdf],
  ['application/zip', zip],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', zip],
  ['application/x-custom', Buffer.from([0, 1, 2])],
  ['video/mp4', mp4],
  ['audio/mp4', mp4],
  ['audio/webm', webm],
  ['video/webm', webm],
])('%s may be like that', async (type, bytes) => {
  expect(await inspect(bytes, type)).toMatchObject({ width: null, height: null })
})

test.each([
  ['text/plain', Buffer.from([0, 1, 2])],
  ['text/html', Buffer.from('<p>\0')],
  ['application/pdf', html],
  ['application/pdf', zip],
  ['application/zip', html],
  ['video/mp4', html],
  ['video/mp4', zip],
  ['audio/mpeg', Buffer.from('not a sound')],
  ['application/json', mp4],
])('%s is not like that', async (type, bytes) => {
  expect(await inspect(bytes, type)).toBeUndefined()
})

test.each([
  ['plan.pdf', 'plan.pdf'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['C:\\boot.ini', 'C:_boot.ini'],
  ['a\u202egnp.exe', 'a_gnp.exe'],
  ['line\r\nbreak', 'line__break'],
  ['..', '_..'],
  [' ', '_'],
  ['👩‍🚀 日本.png', '👩‍🚀 日本.png'],
])('the name %j is kept as %j', (given, kept) => {
  expect(labelOf(given)).toBe(kept)
})
