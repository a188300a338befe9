import { createClient } from '@antiphon/client'
import { useState } from 'react'
import { Door } from '../components/page.tsx'
import { Player } from '../components/recordings/player.tsx'
import { texts } from '../texts.ts'

/** Of nobody: what a link opens does not depend on who is signed in. */
const { recordings } = createClient({ url: location.origin }).meetings

/** What a link to a recording opens, with an account or without. */
export function Watch({ link }: { link: string }) {
  const [title, setTitle] = useState<string>(texts.recordings.shared)
  return (
    <Door title={title}>
      <Player
        open={async (given) => {
          const answer = await recordings.openLink.safe({ link, ...given })
          if (answer.ok) setTitle(answer.data.title)
          return answer
        }}
        hint={texts.recordings.noted}
      />
      <a className="link" href="/">
        {texts.toStart}
      </a>
    </Door>
  )
}
