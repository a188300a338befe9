import type { Method, SdkModel } from './model.ts'

/** What a reader of a method should know: purpose, retries, errors, deprecation. */
export function docsOfMethod(method: Method, model: SdkModel): string[] {
  const { meta } = method.procedure
  const paragraphs = [meta.summary, meta.description, keyNote(method)].filter((text) => text !== undefined)
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
