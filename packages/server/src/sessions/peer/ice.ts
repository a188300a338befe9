import { createHmac } from 'node:crypto'
import type { UserId } from '../../ids.ts'

/** Servers that help browsers to find a way to each other: they are needed beyond one network. */
export interface IceSettings {
  /** Such as `stun:stun.example.com:3478`. */
  stunUrls?: readonly string[]
  /** Such as `turn:turn.example.com:3478`, with the secret that the server shares with it. */
  turn?: { urls: readonly string[]; secret: string }
}

/**
 * Addresses separated by commas.
 * @throws Error where one is none
 */
export function parseIceUrls(kind: 'stun' | 'turn', text: string): string[] {
  const urls = text.split(',').flatMap((url) => url.trim() || [])
  const pattern = kind === 'stun' ? /^stuns?:[\w.[\]:-]+$/ : /^turns?:[\w.[\]:-]+(\?transport=(udp|tcp))?$/
  if (urls.length <= 10 && urls.every((url) => url.length <= 300 && pattern.test(url))) return urls
  throw new Error(`is up to ten addresses such as ${kind}:${kind}.example.com:3478, separated by commas`)
}

interface IceServer {
  urls: string[]
  username?: string
  credential?: string
}

const validSeconds = 12 * 3_600

/** What a browser is given. TURN servers let in who has a name that ends in time, signed by SHA-1: their scheme has no other. */
export function iceServersFor({ stunUrls = [], turn }: IceSettings, userId: UserId, now = Date.now()): IceServer[] {
  const servers: IceServer[] = stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : []
  if (turn === undefined || turn.urls.length === 0) return servers
  const username = `${Math.floor(now / 1_000) + validSeconds}:${userId}`
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64')
  return [...servers, { urls: [...turn.urls], username, credential }]
}
