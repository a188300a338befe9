import { useEffect, useRef, useState } from 'react'
import { type Poll, poll } from './poll.ts'
import { errorText } from './texts.ts'

export interface Loaded<Data> {
  /** Undefined before the first answer. */
  readonly data: Data | undefined
  readonly problem: string | undefined
  readonly reload: () => void
}

const everyMs = 20_000

/** What `load` gives, asked for again every 20 seconds and on request. `load` has to stay the same function. */
export function useLoaded<Data>(load: () => Promise<Data>): Loaded<Data> {
  const [data, setData] = useState<Data>()
  const [problem, setProblem] = useState<string>()
  const polling = useRef<Poll>(undefined)
  useEffect(() => {
    const started = poll(async () => {
      try {
        setData(await load())
        setProblem(undefined)
      } catch (error) {
        setProblem(errorText(error))
      }
    }, everyMs)
    polling.current = started
    return started.stop
  }, [load])
  return { data, problem, reload: () => polling.current?.wake() }
}

/** All items of a list of the SDK, page by page. */
export async function collect<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of list) items.push(item)
  return items
}
