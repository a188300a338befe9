import { isDownload } from '../plain.ts'
import { commentText, declarationText, keyText, stringText } from '../shape/typescript.ts'
import { codesText, isCallable, type Method, type SdkModel } from './model.ts'
import { header } from './options.ts'
import { hasStreams } from './streams.ts'

/** types.ts: the named shapes, and inputs, outputs, results and errors of the procedures. */
export function typesFile(model: SdkModel): string {
  const shapes = [...model.router.shapes].map(([name, shape]) => declarationText(name, shape, model.types))
  const methods = model.methods.flatMap((method) => [
    ...method.declarations,
    ...(isCallable(method) ? [resultText(method, model)] : []),
  ])
  const names = [model.errorName, 'AuthErrorCode', 'CommonErrorCode']
  const words = new Set(methods.join('').match(/[\w$]+/g))
  const used = names.filter((name) => words.has(name))
  const imports = used.length === 0 ? '' : `import type { ${used.join(', ')} } from './errors.ts'\n`
  return [header + imports, ...shapes, ...methods].join('\n')
}

function resultText(method: Method, model: SdkModel): string {
  const { base, path, output } = method
  return [
    `/** What \`${path}\` can fail with. */\n`,
    `export type ${base}Error = ${model.errorName} & { readonly code: ${codesText(method, model)} }\n\n`,
    `/** How \`${path}.safe\` ends. */\n`,
    `export type ${base}Result =\n`,
    `  | { readonly ok: true; readonly data: ${output} }\n`,
    `  | { readonly ok: false; readonly error: ${base}Error }\n`,
  ].join('')
}

/** procedures.ts: what the runtime has to know of each procedure. */
export function proceduresFile(model: SdkModel): string {
  const rows = model.methods.map((method) => `  ${keyText(method.path)}: { ${flagsOf(method).join(', ')} },\n`)
  return `${header}import type { ProcedureTable } from './runtime/api.ts'

/** What the runtime has to know of each procedure. */
export const procedures: ProcedureTable = {
${rows.join('')}}
`
}

function flagsOf(method: Method): string[] {
  const flags = [`type: ${stringText(method.procedure.type)}`]
  if (method.key !== undefined) flags.push(`key: ${stringText(method.key)}`)
  // A mutation with a key is safe to repeat because of the key, which the runtime sees by itself.
  if (method.idempotent && method.procedure.meta.idempotent === true) flags.push('idempotent: true')
  if (method.input === undefined) flags.push('noInput: true')
  if (method.emptyInput) flags.push('emptyInput: true')
  if (method.item !== undefined) flags.push('pages: true')
  if (isDownload(method.procedure)) flags.push('finite: true')
  if (method.stream?.field !== undefined) flags.push(`kind: ${stringText(method.stream.field)}`)
  return flags
}

/** errors.ts: the error class, the codes that it can have, and the guard for catch blocks. */
export function errorsFile(model: SdkModel): string {
  const { errorName, codes, authCodes, commonCodes } = model
  const isOwn = (code: string) => !Object.hasOwn(commonCodes, code) && !Object.hasOwn(authCodes, code)
  const union = (names: readonly string[]) => names.map((code) => codeText(code, model)).join('')
  const auth = union(Object.keys(authCodes))
  return `${header}import { CallError, isCallError } from './runtime/errors.ts'

/** The codes that any call can end with. */
export type CommonErrorCode =
${union(Object.keys(commonCodes))}
${auth === '' ? '' : `/** The codes that any call can end with that is not for anyone. */\nexport type AuthErrorCode =\n${auth}\n`}/** All codes that calls can end with. */
export type ErrorCode =
${auth === '' ? '' : '  | AuthErrorCode\n'}  | CommonErrorCode
${union(Object.keys(codes).filter(isOwn))}
/** The error that calls end with; \`code\` says what went wrong. */
export class ${errorName} extends CallError<ErrorCode> {
  override readonly name = ${stringText(errorName)}
}

/** Whether a caught value is an error of this SDK, also where the SDK is there in several copies. */
export function is${errorName}(error: unknown): error is ${errorName}
/** Whether a caught value is an error of this SDK with one of these codes. */
export function is${errorName}<Code extends ErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is ${errorName} & { readonly code: Code }
export function is${errorName}(error: unknown, ...codes: string[]): boolean {
  return isCallError(error, ${stringText(errorName)}, codes)
}
`
}

function codeText(code: string, { codes }: SdkModel): string {
  const { status, description } = codes[code] ?? { status: 0, description: '' }
  const text = [status > 0 ? `${status}.` : '', description].filter((part) => part !== '').join(' ')
  return `${commentText(text === '' ? [] : [text], '  ')}  | ${stringText(code)}\n`
}

/** index.ts: the table of contents. */
export function indexFile(model: SdkModel): string {
  const { errorName, authCodes } = model
  const auth = Object.keys(authCodes).length > 0 ? ['AuthErrorCode'] : []
  const names = [...auth, 'CommonErrorCode', 'ErrorCode'].map((name) => `type ${name}`)
  const lines = [
    "export type * from './client.ts'",
    "export { createClient } from './client.ts'",
    `export { ${[errorName, ...names, `is${errorName}`].join(', ')} } from './errors.ts'`,
    ...(model.ids.length > 0 ? ["export * from './ids.ts'"] : []),
    "export type { CallOptions } from './runtime/calls.ts'",
    "export type { FieldProblem } from './runtime/errors.ts'",
    "export type { IncomingResponse, OutgoingRequest } from './runtime/requests.ts'",
    ...(hasStreams(model) ? ["export type { EventStreamOptions } from './runtime/stream.ts'"] : []),
    ...(hasStreams(model) ? ["export type * from './streams.ts'"] : []),
    "export type * from './types.ts'",
  ]
  return `${header}${lines.join('\n')}\n`
}
