import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import { dailyHeaders, qpsHeaders, tooMany } from './limits.ts'
import { signInPage } from './page.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly now: () => Date
}

/** Does what a fault says; what was asked for where there is none. */
export async function misbehave(
  fault: Fault | undefined,
  { request, response, now }: Exchange,
  serve: () => void,
): Promise<void> {
  if (fault === undefined) return serve()
  if (fault === 'hangUp') return void request.socket.destroy()
  if (fault === 'loseAnswer') {
    response.writeHead = () => response
    response.end = () => {
      request.socket.destroy()
      return response
    }
    return serve()
  }
  if (fault === 'endless') return sendForEver(response)
  if (typeof fault === 'string') {
    const headers = fault === 'qps' ? qpsHeaders(now()) : fault === 'daily' ? dailyHeaders(now()) : {}
    return sendJson(response, 429, tooMany[fault], headers)
  }
  if ('slowMs' in fault) {
    await delay(fault.slowMs)
    return serve()
  }
  if ('html' in fault) return sendPage(response, fault.html, signInPage)
  if ('text' in fault) return void response.writeHead(200, { 'content-type': 'application/json' }).end(fault.text)
  const { status, code = status, message = 'Refused.' } = fault
  sendJson(response, status, { code, message })
}

async function sendForEver(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  const spaces = ' '.repeat(65_536)
  while (!response.destroyed) {
    response.write(spaces)
    await delay(1)
  }
}

export function sendPage(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page)
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
}
