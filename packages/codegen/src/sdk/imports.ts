import type { SdkModel } from './model.ts'

/** The import of those types of types.ts that a text uses. */
export function typeImports(model: SdkModel, text: string): string {
  const words = new Set(text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '').match(/[\w$]+/g))
  const names = [...new Set([...model.router.shapes.keys(), ...model.methods.flatMap(namesOf)])]
  const used = names.filter((name) => words.has(name)).sort()
  return used.length > 0 ? `import type {\n${used.map((name) => `  ${name},\n`).join('')}} from './types.ts'\n` : ''
}

function namesOf({ base, stream }: SdkModel['methods'][number]): string[] {
  const kinds = stream?.kinds.map((kind) => kind.type) ?? []
  return [...['Input', 'Output', 'Item', 'Event', 'Result'].map((suffix) => base + suffix), ...kinds]
}

/** Every router with what is directly in it, the root last. */
export function routersOfModel(model: SdkModel) {
  return [...model.routerNames, ['', ''] as const].map(([path, base]) => {
    const prefix = path === '' ? '' : `${path}.`
    const isDirect = (other: string) => other.startsWith(prefix) && !other.slice(prefix.length).includes('.')
    return {
      path,
      base,
      keyOf: (other: string) => other.slice(prefix.length),
      methods: model.methods.filter((method) => isDirect(method.path)),
      routers: [...model.routerNames].filter(([other]) => other !== path && isDirect(other)),
    }
  })
}
