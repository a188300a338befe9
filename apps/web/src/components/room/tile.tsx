import { type ReactNode, useEffect, useRef } from 'react'
import { texts } from '../../texts.ts'
import type { Switches } from './peer.ts'

const words = texts.room

interface TileProps {
  readonly name: string
  readonly stream: MediaStream
  /** The tracks of the stream change within it. */
  readonly isOwn?: boolean
  readonly isConnected?: boolean
  readonly switches: Switches
  readonly children?: ReactNode
}

/** Somebody in the room. */
export function Tile({ name, stream, isOwn = false, isConnected = true, switches, children }: TileProps) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const element = video.current
    if (element === null) return
    element.srcObject = stream
    // Where sound needs a click first, the picture does not.
    element.play().catch(() => {})
    return () => {
      element.srcObject = null
    }
  }, [stream])
  return (
    <li className="tile" data-connected={isConnected} data-picture={switches.video}>
      <video ref={video} autoPlay playsInline muted={isOwn} aria-label={name} />
      <p>
        <b>{name}</b>
        {!isConnected && <small>{words.connecting}</small>}
        {!switches.audio && <small>{words.muted}</small>}
        {children}
      </p>
    </li>
  )
}
