import type { Attachment, UploadId } from '@antiphon/client'
import { useRef, useState } from 'react'
import { useSession } from '../../session.tsx'
import { errorText, texts } from '../../texts.ts'
import { Act } from '../act.tsx'

/** A file that is to come with a message. */
interface Chosen {
  readonly key: number
  readonly file: File
  /** Of the bytes, between 0 and 1. */
  readonly done: number
  readonly uploadId?: UploadId
  readonly problem?: string
  readonly abort: AbortController
}

export interface Chosens {
  readonly list: readonly Chosen[]
  readonly add: (files: Iterable<File>) => void
  readonly remove: (chosen: Chosen) => void
  readonly clear: () => void
  /** What to send; undefined while something is still on its way, or has failed. */
  readonly ready: readonly { readonly uploadId: UploadId }[] | undefined
}

const maxFiles = 10

/** Files that are uploaded as soon as they are chosen. */
export function useChosen(): Chosens {
  const { client } = useSession()
  const [list, setList] = useState<readonly Chosen[]>([])
  const keys = useRef(0)
  const change = (key: number, news: Partial<Chosen>) =>
    setList((known) => known.map((one) => (one.key === key ? { ...one, ...news } : one)))
  const upload = async ({ key, file, abort: { signal } }: Chosen) => {
    try {
      const onProgress = (progress: { sentBytes: number; totalBytes: number }) =>
        change(key, { done: progress.sentBytes / progress.totalBytes })
      const { id } = await client.uploads.upload(file, { onProgress, signal })
      change(key, { done: 1, uploadId: id })
    } catch (error) {
      change(key, { problem: errorText(error) })
    }
  }
  const ready = list.flatMap(({ uploadId }) => (uploadId === undefined ? [] : { uploadId }))
  return {
    list,
    add(files) {
      const added = [...files].slice(0, maxFiles - list.length).map((file) => {
        return { key: keys.current++, file, done: 0, abort: new AbortController() }
      })
      setList([...list, ...added])
      for (const one of added) void upload(one)
    },
    remove(chosen) {
      chosen.abort.abort()
      setList((known) => known.filter(({ key }) => key !== chosen.key))
    },
    clear: () => setList([]),
    ready: ready.length === list.length ? ready : undefined,
  }
}

interface ChosenFilesProps {
  readonly chosen: Chosens
  /** What the button says. */
  readonly label?: string
  readonly accept?: string
}

/** What was chosen, and the button that chooses. */
export function ChosenFiles({ chosen: { list, add, remove }, label = '+', accept }: ChosenFilesProps) {
  return (
    <>
      <ul className="files">
        {list.map((one) => (
          <li key={one.key}>
            {one.file.name}{' '}
            {one.problem === undefined ? (
              one.uploadId === undefined && <progress value={one.done} aria-label={one.file.name} />
            ) : (
              <span className="problem">{one.problem}</span>
            )}
            <Act name="✕" aria-label={texts.remove(one.file.name)} onClick={() => remove(one)} />
          </li>
        ))}
      </ul>
      <label className="attach" title={texts.attach}>
        <span aria-hidden="true">{label}</span>
        <input
          type="file"
          multiple
          accept={accept}
          aria-label={texts.attach}
          onChange={({ target }) => {
            add(target.files ?? [])
            target.value = ''
          }}
        />
      </label>
    </>
  )
}

/** What came with a message: pictures in place, other files to download. */
export function Attachments({ list }: { list: readonly Attachment[] }) {
  return list.map(({ kind, name, type, url, sizeBytes, width, height }) =>
    kind === 'image' || kind === 'gif' ? (
      <a key={url} href={url} target="_blank" rel="noreferrer">
        <img
          className="picture"
          src={url}
          alt={name || texts.picture}
          width={width ?? undefined}
          height={height ?? undefined}
          loading="lazy"
          referrerPolicy="no-referrer"
        />
      </a>
    ) : (
      <a key={url} className="link file" href={url} download={name} rel="noreferrer">
        {name || type || texts.file} {sizeBytes !== null && <small>{sizeOf(sizeBytes)}</small>}
      </a>
    ),
  )
}

export function sizeOf(bytes: number): string {
  const [amount, unit] = bytes < 1e6 ? [Math.ceil(bytes / 1e3), 'kilobyte'] : [Math.ceil(bytes / 1e5) / 10, 'megabyte']
  return new Intl.NumberFormat(undefined, { style: 'unit', unit }).format(amount)
}
