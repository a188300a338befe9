import { useCallback, useEffect, useRef, useState } from 'react'
import { errorText } from './texts.ts'

export interface Loaded<Data> {
  /** Undefined before the first answer. */
  readonly data: Data | undefined
  readonly problem: string | undefined
  readonly reload: () => void
  /** When the data was asked for. */
  readonly askedAt?: number | undefined
}

const everyMs = 20_000

/** What `load` gives, asked for again every 20 seconds and on request. `load` has to stay the same function. */
export function useLoaded<Data>(load: () => Promise<Data>): Loaded<Data> {
  const [data, setData] = useState<Data>()
  const [askedAt, setAskedAt] = useState<number>()
  const [problem, setProblem] = useState<string>()
  const again = useRef(() => {})
  const reload = useCallback(() => again.current(), [])
  useEffect(() => {
    let isOver = false
    let [asked, answered] = [0, 0]
    const ask = async () => {
      const [turn, now] = [++asked, Date.now()]
      const [found, error] = await load().then(
        (found) => [found, undefined] as const,
        (error: unknown) => [undefined, errorText(error)] as const,
      )
      // An older answer may come later.
      if (isOver || turn < answered) return
      answered = turn
      if (found !== undefined) {
        setData(found)
        setAskedAt(now)
      }
      setProblem(error)
    }
    void ask()
    again.current = () => void ask()
    const timer = setInterval(() => document.hidden || ask(), everyMs)
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }, [load])
  return { data, problem, reload, askedAt }
}

/** What a list of the SDK holds, page by page, up to so many. */
export async function collect<Item>(list: AsyncIterable<Item>, most = Number.POSITIVE_INFINITY): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of list) {
    items.push(item)
    if (items.length >= most) break
  }
  return items
}

export interface List<Item> extends Loaded<readonly Item[]> {
  /** Where there is more. */
  readonly showMore: (() => void) | undefined
}

const atFirst = 50

/** The first of a list, kept current, and more on request. `list` has to stay the same function. */
export function useList<Item>(list: () => AsyncIterable<Item>): List<Item> {
  const [count, setCount] = useState(atFirst)
  const load = useCallback(() => collect(list(), count + 1), [list, count])
  const { data, ...loaded } = useLoaded(load)
  const showMore = data && data.length > count ? () => setCount(count * 2) : undefined
  return { ...loaded, data: data?.slice(0, count), showMore }
}
