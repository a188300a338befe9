import { resolve, type Shape, type Shapes } from '../shape/shape.ts'
import { keyText, stringText } from '../shape/typescript.ts'
import { procedureComment } from './docs.ts'
import { routersOfModel, typeImports } from './imports.ts'
import type { Method, SdkModel } from './model.ts'
import { header, transportErrorCodes } from './options.ts'

const kinds = {
  query: 'TRPCQueryProcedure',
  mutation: 'TRPCMutationProcedure',
  subscription: 'TRPCSubscriptionProcedure',
} as const

/** trpc.ts: the router's type, for those who use tRPC's own clients. */
export function trpcFile(model: SdkModel): string {
  const body = [
    errorsText(model),
    typesText(model),
    ...model.methods.map((method) => procedureText(method, model)),
    ...routersOfModel(model).map((router) => routerText(router, model)),
    '/** The type of the router: `createTRPCClient<AppRouter>(...)`. */\n' +
      'export type AppRouter = TRPCBuiltRouter<AppTypes, AppRecord>\n',
  ].join('\n')
  const names = ['TRPCBuiltRouter', ...Object.values(kinds)].filter((name) => body.includes(name))
  return `${header}import type { ${names.sort().join(', ')} } from '@trpc/server'
import type { FieldProblem } from './runtime/errors.ts'
${typeImports(model, body)}
${body}`
}

function errorsText({ codes, options: { errorCodes = codes } }: SdkModel): string {
  const isSent = (code: string) => Object.hasOwn(errorCodes, code) || !Object.hasOwn(transportErrorCodes, code)
  const members = Object.keys(codes).filter(isSent)
  return `/** What the errors of the server carry. */
export interface AppErrorData {
  readonly code:
${members.map((code) => `    | ${stringText(code)}\n`).join('')}  readonly httpStatus: number
  readonly requestId?: string | null
  readonly fields?: readonly FieldProblem[]
  readonly retryAfterMs?: number
}

/** An error as the server sends it. */
export interface AppErrorShape {
  readonly message: string
  readonly code: number
  readonly data: AppErrorData
}
`
}

function typesText(model: SdkModel): string {
  return `interface AppTypes {
  ctx: object
  meta: object
  errorShape: AppErrorShape
  transformer: ${model.router.transformed}
}
`
}

function procedureText(method: Method, model: SdkModel): string {
  const { base, input, inputOptional, emptyInput, stream } = method
  const type = inputOptional && !emptyInput ? `${input} | undefined` : input
  return `interface ${base}Procedure {
  input: ${type ?? 'void'}
  output: ${stream === undefined ? method.output : `AsyncIterable<${eventText(method, model)}>`}
  meta: object
}
`
}

/** Events are sent with ids where a stream can be resumed, which its input tells. */
function eventText({ procedure, output }: Method, { router }: SdkModel): string {
  const { input } = procedure
  return input !== undefined && hasLastEventId(input, router.shapes) ? `{ id: string; data: ${output} }` : output
}

function hasLastEventId(input: Shape, shapes: Shapes): boolean {
  const shape = resolve(input, shapes)
  if (shape?.kind === 'object') return shape.fields.some(({ name }) => name === 'lastEventId')
  return shape?.kind === 'union' && shape.members.some((member) => hasLastEventId(member, shapes))
}

function routerText(
  { path, base, keyOf, methods, routers }: ReturnType<typeof routersOfModel>[number],
  model: SdkModel,
): string {
  const key = (other: string) => keyText(keyOf(other))
  const rows = [
    ...methods.map(
      (method) =>
        `${procedureComment(method, model, '  ')}  ${key(method.path)}: ${kinds[method.procedure.type]}<${method.base}Procedure>\n`,
    ),
    ...routers.map(([other, type]) => `  ${key(other)}: ${type}Router\n`),
  ]
  // An interface has no index signature, which the record of a router needs.
  return `type ${path === '' ? 'AppRecord' : `${base}Router`} = {\n${rows.join('')}}\n`
}
