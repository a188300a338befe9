import type { UploadId } from '@antiphon/client'
import { useState } from 'react'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { Act, Problem } from './act.tsx'
import { Avatar } from './avatar.tsx'
import type { Answer } from './form.tsx'

interface PictureProps {
  readonly name: string
  readonly id: string
  readonly url: string | null
  readonly onSet: (avatar: UploadId | null) => Promise<Answer<unknown>>
}

/** The picture of a person or a room: a file is uploaded, and then used. */
export function Picture({ name, id, url, onSet }: PictureProps) {
  const { client } = useSession()
  const [problem, setProblem] = useState<string>()
  const set = async (file: File | undefined) => {
    try {
      const answer = await onSet(file === undefined ? null : (await client.uploads.upload(file)).id)
      setProblem(answer.ok ? undefined : errorText(answer.error))
    } catch (error) {
      setProblem(errorText(error))
    }
  }
  return (
    <div className="actions">
      <Avatar {...{ name, id, url }} />
      <label className="attach">
        {texts.changePicture}
        <input type="file" accept="image/*" onChange={({ target }) => target.files?.[0] && set(target.files[0])} />
      </label>
      {url !== null && <Act name={texts.acts.remove} of={texts.picture} onClick={() => set(undefined)} />}
      <Problem text={problem} />
    </div>
  )
}
