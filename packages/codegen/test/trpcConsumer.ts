import type { createTRPCClient, TRPCClientError } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { appRouter as plainRouter } from './fixture/plain.ts'
import type { appRouter } from './fixture/router.ts'
import type { BookId, MemberId } from './generated/library/index.ts'
import type { AppErrorData, AppRouter } from './generated/library/trpc.ts'
import type { AppRouter as PlainRouter } from './generated/plain/trpc.ts'

// Compiled, never run: the flat type of the router is that of the router itself.
type Assignable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

type In = inferRouterInputs<AppRouter>
type Out = inferRouterOutputs<AppRouter>
type RealOut = inferRouterOutputs<typeof appRouter>
type PlainOut = inferRouterOutputs<PlainRouter>
type RealPlainOut = inferRouterOutputs<typeof plainRouter>

// What a subscription yields is stated by its meta, where tRPC only infers it; an open enum takes more than it lists.
export const same: [
  Assignable<In, inferRouterInputs<typeof appRouter>>,
  Assignable<Omit<Out, 'feeds' | 'loans' | 'misc'>, Omit<RealOut, 'feeds' | 'loans' | 'misc'>>,
  Assignable<Omit<Out['misc'], 'mood'>, Omit<RealOut['misc'], 'mood'>>,
  Assignable<Omit<Out['loans'], 'history'>, Omit<RealOut['loans'], 'history'>>,
  Assignable<Out['loans']['history']['record'], RealOut['loans']['history']['record']>,
  Assignable<Out['feeds']['log'], RealOut['feeds']['log']>,
  Assignable<inferRouterInputs<PlainRouter>, inferRouterInputs<typeof plainRouter>>,
  Assignable<Omit<PlainOut, 'nested'>, Omit<RealPlainOut, 'nested'>>,
] = [true, true, true, true, true, true, true, true]

export async function consume(
  client: ReturnType<typeof createTRPCClient<AppRouter>>,
  plain: ReturnType<typeof createTRPCClient<PlainRouter>>,
  error: TRPCClientError<AppRouter>,
  [bookId, memberId]: [BookId, MemberId],
): Promise<void> {
  const published: Date | null = (await client.books.get.query({ id: bookId })).published
  published?.getTime()
  const at: string | undefined = (await plain.get.query({ id: 1 }))?.at
  at?.trim()
  const data: AppErrorData | null | undefined = error.data
  if (data?.code === 'ALREADY_LENT') data.fields?.map(({ path }) => path)
  client.feeds.log.subscribe(undefined, { onData: ({ id, data: page }) => id + page.at.toISOString() })
  client.feeds.countdown.subscribe(undefined, { onData: (count) => count.toFixed() })

  // @ts-expect-error an id of another kind
  await client.books.get.query({ id: memberId })
  // @ts-expect-error a query is no mutation
  client.books.get.mutate
  // @ts-expect-error no such code
  if (data?.code === 'NOT_THERE') return
}
