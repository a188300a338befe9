import type { JoinedPeer } from '@antiphon/client'
import { useEffect, useRef, useState } from 'react'
import { useSession } from '../../session.tsx'
import { errorText } from '../../texts.ts'
import { type Recorder, startRecorder } from './recorder.ts'
import type { Shown } from './scene.ts'

export type Recording = ReturnType<typeof useRecorder>

type State = 'off' | 'starting' | 'on' | 'saving' | 'saved'

/** The recording that this page makes; it ends with the call. */
export function useRecorder(seat: JoinedPeer | undefined, isOver: boolean, shown: readonly Shown[], name: string) {
  const { client } = useSession()
  const recorder = useRef<Recorder>(undefined)
  const [state, setState] = useState<State>('off')
  const [problem, setProblem] = useState<string>()
  const start = async () => {
    if (seat === undefined) return
    setState('starting')
    setProblem(undefined)
    try {
      const onFailure = (error: unknown) => {
        setProblem(errorText(error))
        // What has come is kept.
        void last.current()
      }
      recorder.current = await startRecorder({ client, seat, name, onFailure })
      recorder.current.show(scene.current)
      setState('on')
      // They may have left meanwhile.
      if (isEnding.current) await last.current()
    } catch (error) {
      setProblem(errorText(error))
      setState('off')
    }
  }
  const stop = async () => {
    const running = recorder.current
    if (running === undefined) return
    recorder.current = undefined
    setState('saving')
    try {
      await running.stop()
      setState('saved')
    } catch (error) {
      setProblem(errorText(error))
      setState('off')
    }
  }
  const scene = useRef(shown)
  const last = useRef(stop)
  last.current = stop
  useEffect(() => {
    scene.current = shown
    recorder.current?.show(shown)
  }, [shown])
  const isEnding = useRef(false)
  useEffect(() => {
    isEnding.current = isOver
    if (isOver) void last.current()
    return () => {
      isEnding.current = true
      void last.current()
    }
  }, [isOver])
  return { state, problem, start, stop }
}
