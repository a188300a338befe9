import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Misuse } from './command.ts'
import type { ErrorCodes } from './contract.ts'

/** Imports the module that exports a router. */
export async function loadModule(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new Error(`${basename(path)} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The error codes that a module exports, if it does. */
export function errorCodesIn(value: unknown): ErrorCodes | undefined {
  if (value === undefined) return undefined
  if (value === null || typeof value !== 'object') throw new Misuse('the export errorCodes has to be an object')
  const codes = Object.entries(value).map(([code, entry]: [string, unknown]) => {
    const [status, description, common, auth] = ['status', 'description', 'common', 'auth'].map((key) =>
      read(entry, key),
    )
    if (typeof status !== 'number' || typeof description !== 'string') {
      throw new Misuse(`errorCodes.${code} has to have a status (number) and a description (string)`)
    }
    const flags = { ...(common === true ? { common } : {}), ...(auth === true ? { auth } : {}) }
    return [code, { status, description, ...flags }] as const
  })
  return Object.fromEntries(codes)
}

function read(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined
}
