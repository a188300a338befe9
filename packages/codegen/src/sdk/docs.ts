import { isDownload } from '../plain.ts'
import { commentText } from '../shape/typescript.ts'
import type { Method, SdkModel } from './model.ts'

/** What a reader of a method should know: purpose, retries, errors, deprecation. */
function docsOfMethod(method: Method, model: SdkModel): string[] {
  const { meta } = method.procedure
  const summary = meta.summary ?? `The ${method.procedure.type} \`${method.path}\`.`
  const paragraphs = [summary, meta.description, keyNote(method), finiteNote(method)].filter(
    (text) => text !== undefined,
  )
  const lines = paragraphs.flatMap((text, index) => (index === 0 ? [text] : ['', text]))
  const tags = [...(meta.errors ?? [])].sort().map((code) => {
    const description = model.codes[code]?.description ?? ''
    return `@throws {${model.errorName}} ${code}${description === '' ? '' : `: ${description}`}`
  })
  if (meta.deprecated !== undefined) tags.push(`@deprecated ${meta.deprecated}`)
  return lines.length > 0 && tags.length > 0 ? [...lines, '', ...tags] : [...lines, ...tags]
}

function keyNote({ key }: Method): string | undefined {
  return key === undefined
    ? undefined
    : `Safe to repeat: \`${key}\` is filled in where it is left out, and kept over retries.`
}

function finiteNote({ procedure }: Method): string | undefined {
  return isDownload(procedure) ? 'Ends by itself: a loop over it ends after the last item.' : undefined
}

/** The documentation of a method, as a comment. */
export function methodComment(method: Method, model: SdkModel, indent: string): string {
  return commentText(docsOfMethod(method, model), indent)
}

/** The same for those who call it by tRPC itself, which fills in nothing. */
export function procedureComment(method: Method, model: SdkModel, indent: string): string {
  return commentText(docsOfMethod({ ...method, key: undefined }, model), indent)
}
