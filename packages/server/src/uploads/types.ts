import { TextDecoder } from 'node:util'
import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { imageSize } from 'image-size'

export interface FileKind {
  type: string
  width: number | null
  height: number | null
}

/** What browsers are shown in place; everything else is downloaded. */
const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

const maxPixels = 100_000

/** How much of the beginning of a file it takes to tell what it is. */
export const headBytes = 524_288

export function isPicture(type: string): boolean {
  return pictures.has(type)
}

export function kindOf(type: string): 'image' | 'gif' | 'file' {
  if (type === 'image/gif') return 'gif'
  return isPicture(type) ? 'image' : 'file'
}

/** What a file is by its first bytes; undefined where that is not what it was announced as. */
export async function inspect(head: Uint8Array, declared: string): Promise<FileKind | undefined> {
  const found = plain((await fileTypeFromBuffer(head))?.mime)
  const type = declared === 'application/octet-stream' ? (found ?? declared) : (plain(declared) ?? declared)
  if (!fits(type, found, head)) return undefined
  if (!isPicture(type)) return { type, width: null, height: null }
  const size = sizeOf(head)
  return size && { type, ...size }
}

function sizeOf(head: Uint8Array): { width: number; height: number } | undefined {
  try {
    // A copy of its own: the library reads beyond the end of a part of a larger buffer.
    const { width, height, orientation = 1 } = imageSize(new Uint8Array(head))
    const isWhole = [width, height].every((side) => Number.isInteger(side) && side > 0 && side <= maxPixels)
    if (!isWhole) return undefined
    // As it is shown: cameras note how they were held.
    return orientation >= 5 ? { width: height, height: width } : { width, height }
  } catch {
    return undefined
  }
}

/** One name for what has several. */
function plain(type: string | undefined): string | undefined {
  const name = type?.split(';', 1)[0]?.replace('/x-', '/')
  return name === undefined ? undefined : (aliases[name] ?? name)
}

const aliases: Record<string, string> = {
  'image/apng': 'image/png',
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'text/xml': 'application/xml',
  'application/gzip-compressed': 'application/gzip',
  'application/zip-compressed': 'application/zip',
}

/** What other formats are made of, so that the first bytes tell no more than this. */
const wrappings: ReadonlySet<string> = new Set([
  'application/zip',
  'application/xml',
  'application/cfb',
  'application/gzip',
])

function fits(declared: string, found: string | undefined, head: Uint8Array): boolean {
  if (declared === found) return true
  if (declared.startsWith('text/') || declared.endsWith('+xml')) return isText(head)
  if (isPicture(declared) || (found !== undefined && isPicture(found))) return false
  if (found === undefined) return !isKnown(declared)
  if (wrappings.has(found)) return wraps(declared)
  const [family, foundFamily] = [familyOf(declared), familyOf(found)]
  return family !== 'application' && family === foundFamily
}

/** Whether a type may be made of another one: office documents and the like, and what nobody would have found. */
function wraps(type: string): boolean {
  if (/^(audio|video|image)\//.test(type)) return false
  return !known.has(type) || /\/vnd\.|\+(zip|xml)$|msword|java-archive|android/.test(type)
}

/** Containers such as MP4, Ogg and WebM hold sound or pictures, which their first bytes do not tell apart. */
function familyOf(type: string): string {
  const family = type.split('/', 1)[0] ?? ''
  return family === 'audio' || family === 'video' || type === 'application/ogg' ? 'media' : family
}

const known: ReadonlySet<string> = new Set([...supportedMimeTypes].flatMap((type) => plain(type) ?? []))

/** Whether it would have been found to be of this type, if it were. */
function isKnown(type: string): boolean {
  return known.has(type) || familyOf(type) === 'media'
}

function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false
  try {
    // The last letter may be cut.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    // Other encodings, such as Latin-1: no control characters but blanks.
    return head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13) || byte === 27)
  }
}
