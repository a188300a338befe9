import type { AntiphonClient } from '@antiphon/client'
import { useRef, useState } from 'react'
import type { Answer } from './components/form.tsx'
import { useSession } from './session.tsx'
import { errorText } from './texts.ts'

/** Makes a call, after a question where there is one; tells whether it was done. */
export type Run = (call: (client: AntiphonClient) => Promise<Answer<unknown>>, question?: string) => Promise<boolean>

/** Calls that buttons make, and what went wrong with the last one. `onDone` follows each. */
export function useRun(onDone?: () => void): { run: Run; problem: string | undefined } {
  const { client } = useSession()
  const [problem, setProblem] = useState<string>()
  // One after the other: of two buttons pressed in a row the second has the last word.
  const last = useRef<Promise<unknown>>(Promise.resolve())
  const run: Run = async (call, question) => {
    if (question !== undefined && !confirm(question)) return false
    const answering = last.current.then(() => call(client))
    last.current = answering.catch(() => {})
    const answer = await answering
    setProblem(answer.ok ? undefined : errorText(answer.error))
    onDone?.()
    return answer.ok
  }
  return { run, problem }
}
