import { crc32, deflateSync } from 'node:zlib'
import type { AntiphonClient, Upload } from '@antiphon/client'

const u32 = (value: number) => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])
const u24 = (value: number) => Buffer.from([value & 255, (value >>> 8) & 255, (value >>> 16) & 255])
const u16 = (value: number) => Buffer.from([value >>> 8, value & 255])
const swapped = (value: number) => Buffer.from([value & 255, value >>> 8])

/** A black PNG, with so many bytes more where given. */
export function png(width = 2, height = 3, more = 0): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data])
    return Buffer.concat([u32(data.length), body, u32(crc32(body))])
  }
  const lines = deflateSync(Buffer.alloc((width + 1) * height))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.concat([u32(width), u32(height), Buffer.from([8, 0, 0, 0, 0])])),
    chunk('IDAT', lines),
    chunk('IEND', Buffer.alloc(0)),
    Buffer.alloc(more),
  ])
}

/** The beginnings of pictures, as much as tells what they are. */
export const pictures: Record<string, Buffer> = {
  'image/png': png(7, 5),
  'image/gif': Buffer.concat([Buffer.from('GIF89a'), swapped(7), swapped(5), Buffer.from('00000000003b', 'hex')]),
  'image/jpeg': Buffer.concat([
    Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
    Buffer.from('ffc0001108', 'hex'),
    ...[u16(5), u16(7), Buffer.from('03012200021101031101', 'hex'), Buffer.from('ffd9', 'hex')],
  ]),
  'image/webp': Buffer.concat([
    ...[Buffer.from('RIFF'), swapped(22), swapped(0), Buffer.from('WEBPVP8X'), swapped(10), swapped(0)],
    ...[Buffer.from('00000000', 'hex'), u24(6), u24(4)],
  ]),
  'image/avif': Buffer.concat([
    box('ftyp', Buffer.from('avif\0\0\0\0avifmif1', 'latin1')),
    box(
      'meta',
      Buffer.concat([u32(0), box('iprp', box('ipco', box('ispe', Buffer.concat([u32(0), u32(7), u32(5)]))))]),
    ),
  ]),
}

function box(name: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([u32(body.length + 8), Buffer.from(name), body])
}

/** A complete upload. */
export function uploadOf(client: AntiphonClient, bytes: Uint8Array = png(), name = 'picture.png'): Promise<Upload> {
  return client.uploads.upload(bytes, { name, type: name.endsWith('.png') ? 'image/png' : 'application/octet-stream' })
}
