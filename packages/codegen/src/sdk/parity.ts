import type { RouterDescription } from '../router.ts'
import { literalText, stringText } from '../shape/typescript.ts'
import { createModel, isCallable, type Method } from './model.ts'
import { header, type SdkOptions } from './options.ts'

export interface ParityOptions extends SdkOptions {
  /** How the parity file imports the router, as `../src/root.ts`. */
  readonly routerModule: string
  /** The name of the router's export. Default `appRouter`. */
  readonly routerExport?: string | undefined
  /** How the parity file imports the SDK, as `./generated/index.ts`. */
  readonly sdkModule: string
}

/**
 * A TypeScript file that type-checks only where the SDK's types are those that tRPC infers from the router: inputs and
 * outputs are assignable both ways, also with every optional field made required, so that none can be missing.
 */
export function generateParity(router: RouterDescription, options: ParityOptions): string {
  const { routerModule, routerExport = 'appRouter', sdkModule } = options
  const model = createModel(router, options)
  const methods = model.methods.filter(isCallable)
  return `${header}import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { ${routerExport} } from ${stringText(routerModule)}
import type { ${model.clientType} } from ${stringText(sdkModule)}

type Inputs = inferRouterInputs<typeof ${routerExport}>
type Outputs = inferRouterOutputs<typeof ${routerExport}>
type Given<T> = Exclude<T, undefined | void>
type Leaf = string | number | bigint | boolean | null | undefined | Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Known<T> = Is<T, string & {}> extends true ? never : Is<T, number & {}> extends true ? never : T
/** Without the room that open enums leave for values to come, which the router's own types do not have. */
type Closed<T> = T extends string | number ? Known<T> : T extends Leaf ? T : unknown extends T ? T : { [K in keyof T]: Closed<T[K]> }
type Full<T> = T extends Leaf ? T : unknown extends T ? T : { [K in keyof T]-?: Full<T[K]> }
type Assignable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Same<A, B> = [Assignable<A, B>, Assignable<Full<A>, Full<B>>] extends [true, true] ? true : false

/** One entry per input and output; each has to be \`true\`. */
export const parity: {
${methods.flatMap((method) => rowsOf(method, model.clientType)).join('')}} = {
${methods.flatMap((method) => partsOf(method).map((part) => `  ${part}: true,\n`)).join('')}}
`
}

function partsOf(method: Method): string[] {
  return [...(method.input === undefined ? [] : ['input']), 'output'].map((part) =>
    stringText(`${method.path} ${part}`),
  )
}

function rowsOf(method: Method, client: string): string[] {
  const index = method.path.split('.').map((key) => `[${literalText(key)}]`)
  const call = `${client}${index.join('')}`
  const input = `Same<Given<Inputs${index.join('')}>, Given<Parameters<${call}>[0]>>`
  const output = `Same<Outputs${index.join('')}, Closed<Awaited<ReturnType<${call}>>>>`
  const types = method.input === undefined ? [output] : [input, output]
  return partsOf(method).map((part, at) => `  ${part}: ${types[at]}\n`)
}
