import { useCallback, useState } from 'react'
import { Secret } from '../components/act.tsx'
import { Form } from '../components/form.tsx'
import { Entry, Listed } from '../components/listed.tsx'
import { MeetingForm } from '../components/meetings/form.tsx'
import { Page, Section } from '../components/page.tsx'
import { useList } from '../loaded.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { span } from '../time.ts'

const words = texts.meetings

/** When your meetings take place. */
export function Meetings() {
  return (
    <Page title={words.title}>
      <Section title={words.fresh}>
        <MeetingForm onDone={({ id }) => location.assign(links.meeting(id))} />
      </Section>
      <Section title={words.coming} isOpen>
        <Times order="coming" empty={words.noComing} />
      </Section>
      <Section title={words.past}>
        <Times order="past" empty={words.noPast} />
      </Section>
      <Section title={words.feed}>
        <Feed />
      </Section>
    </Page>
  )
}

function Times({ order, empty }: { order: 'coming' | 'past'; empty: string }) {
  const { client } = useSession()
  const list = useList(useCallback(() => client.meetings.list.all({ order, limit: 51 }), [client, order]))
  return (
    <Listed list={list} empty={empty}>
      {({ meetingId, originalAt, startsAt, endsAt, title, cancelledAt }) => (
        <Entry
          key={`${meetingId} ${originalAt.getTime()}`}
          name={title}
          detail={[cancelledAt && words.cancelled, span(startsAt, endsAt)].filter(Boolean).join(' · ')}
          href={links.meeting(meetingId)}
        />
      )}
    </Listed>
  )
}

/** The private address of one's calendar. */
function Feed() {
  const { client } = useSession()
  const [url, setUrl] = useState<string>()
  return (
    <>
      <p className="hint">{words.feedHint}</p>
      <Form
        submit={words.createFeed}
        fields={[]}
        action={() => client.meetings.feed.create.safe()}
        onDone={(feed) => setUrl(feed.url)}
      />
      {url && <Secret url={url} label={words.shownOnce} />}
      <Form
        submit={words.revokeFeed}
        fields={[]}
        action={() => client.meetings.feed.revoke.safe()}
        onDone={() => setUrl(undefined)}
        done={words.feedRevoked}
      />
    </>
  )
}
