import { commentText, declarationText, keyText, stringText } from '../shape/typescript.ts'
import { docsOfMethod } from './docs.ts'
import { isCallable, type Method, type SdkModel } from './model.ts'
import { header } from './options.ts'

/** types.ts: the named shapes, and inputs, outputs, results and errors of the procedures. */
export function typesFile(model: SdkModel): string {
  const shapes = [...model.router.shapes].map(([name, shape]) => declarationText(name, shape, model.types))
  const methods = model.methods.flatMap((method) => [
    ...method.declarations,
    ...(isCallable(method) ? [resultText(method, model)] : []),
  ])
  const imports = model.methods.some(isCallable)
    ? `import type { ${model.errorName}, CommonErrorCode } from './errors.ts'\n`
    : ''
  return [header + imports, ...shapes, ...methods].join('\n')
}

function resultText(method: Method, model: SdkModel): string {
  const { base, path, output } = method
  const codes = [...(method.procedure.meta.errors ?? [])].sort().map(stringText)
  const code = [...codes, 'CommonErrorCode'].join(' | ')
  return [
    `/** What \`${path}\` can fail with. */\n`,
    `export type ${base}Error = ${model.errorName} & { readonly code: ${code} }\n\n`,
    `/** How \`${path}.safe\` ends. */\n`,
    `export type ${base}Result =\n`,
    `  | { readonly ok: true; readonly data: ${output} }\n`,
    `  | { readonly ok: false; readonly error: ${base}Error }\n`,
  ].join('')
}

/** procedures.ts: what the runtime has to know of each procedure. */
export function proceduresFile(model: SdkModel): string {
  const rows = model.methods.map((method) => `  ${keyText(method.path)}: { ${flagsOf(method).join(', ')} },\n`)
  return `${header}import type { ProcedureTable } from './runtime/calls.ts'

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
  return flags
}

/** errors.ts: the error class and the codes that it can have. */
export function errorsFile(model: SdkModel): string {
  const { errorName, codes, commonCodes } = model
  const own = Object.keys(codes).filter((code) => !Object.hasOwn(commonCodes, code))
  const member = (code: string) => {
    const { status, description } = codes[code] ?? { status: 0, description: '' }
    const text = [status > 0 ? `${status}.` : '', description].filter((part) => part !== '').join(' ')
    return `${commentText(text === '' ? [] : [text], '  ')}  | ${stringText(code)}\n`
  }
  return `${header}import { CallError } from './runtime/errors.ts'

/** The codes that any call can end with. */
export type CommonErrorCode =
${Object.keys(commonCodes).map(member).join('')}
/** All codes that calls can end with. */
export type ErrorCode =
  | CommonErrorCode
${own.map(member).join('')}
/** The error that calls end with; \`code\` says what went wrong. */
export class ${errorName} extends CallError<ErrorCode> {
  override readonly name = ${stringText(errorName)}
}
`
}

/** index.ts: the table of contents. */
export function indexFile(model: SdkModel): string {
  const { errorName } = model
  const names = ['CommonErrorCode', 'ErrorCode'].map((name) => `type ${name}`)
  return `${header}export type * from './client.ts'
export { createClient } from './client.ts'
export { ${[errorName, ...names].join(', ')} } from './errors.ts'
export type { CallOptions } from './runtime/calls.ts'
export type { ClientOptions } from './runtime/client.ts'
export type { FieldProblem } from './runtime/errors.ts'
export type * from './types.ts'
`
}

/** The documentation of a method, as a comment. */
export function methodComment(method: Method, model: SdkModel, indent: string): string {
  return commentText(docsOfMethod(method, model), indent)
}
