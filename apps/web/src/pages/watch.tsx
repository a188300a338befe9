import { createClient } from '@antiphon/client'
import { Door } from '../components/page.tsx'
import { Player } from '../components/recordings/player.tsx'
import { texts } from '../texts.ts'

/** Of nobody: what a link opens does not depend on who is signed in. */
const { recordings } = createClient({ url: location.origin }).meetings

/** What a link to a recording opens, with an account or without. */
export function Watch({ link }: { link: string }) {
  return (
    <Door title={texts.recordings.shared}>
      <Player open={(given) => recordings.openLink.safe({ link, ...given })} />
      <a className="link" href="/">
        {texts.toStart}
      </a>
    </Door>
  )
}
