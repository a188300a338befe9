import type { Readable } from 'node:stream'

export interface Append {
  /** Where the bytes go: 0, or up to where the file was kept once. What is there already from here on is dropped. */
  offset: number
  /** How many bytes there are in the end: never more. */
  size: number
  body: AsyncIterable<Uint8Array>
}

/** The part of a file from its first byte to its last one, both included. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Where the bytes of files are: on disk, or in a store that speaks S3. Keys are ids that the server makes. What is written under one key is written by
 * one writer at a time, which the database sees to.
 */
export interface Storage {
  /**
   * Adds bytes. Gives, now and then and at the end, up to where the file is kept for good, also after a crash; also where
   * the body breaks off, and then throws what it threw. Less than `offset` means that bytes before it are missing, and that
   * nothing was written.
   * @throws StorageFull; TooManyBytes where the body has more than there is to be
   */
  append(key: string, to: Append): AsyncIterable<number>
  /**
   * Ends a file with the bytes that it has up to `offset`, where it was to have `size` at most: from then on it can be read.
   * Gives what `append` gives.
   */
  end(key: string, at: Omit<Append, 'body'>): AsyncIterable<number>
  /** How many bytes there are; undefined where there is no file. */
  size(key: string): Promise<number | undefined>
  /** Of a file whose bytes are all there; undefined where there is none. The range has to be within it. */
  read(key: string, range?: ByteRange): Promise<Readable | undefined>
  /** Does nothing where there is no file. */
  remove(key: string): Promise<void>
  /** All keys, in order. */
  keys(): AsyncIterable<string>
}

export class StorageFull extends Error {
  override readonly name = 'StorageFull'
}

export class TooManyBytes extends Error {
  override readonly name = 'TooManyBytes'
}
