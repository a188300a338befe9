import type { Invitation, Meeting, MeetingId } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { attempt, Form } from '../components/form.tsx'
import { Entry, Listed } from '../components/listed.tsx'
import { MeetingForm, ruleOf } from '../components/meetings/form.tsx'
import { History } from '../components/meetings/history.tsx'
import { Join, Lobby } from '../components/meetings/join.tsx'
import { Notice } from '../components/notice.tsx'
import { Page, Section } from '../components/page.tsx'
import { Person } from '../components/person.tsx'
import { download } from '../download.ts'
import { type List, useList, useLoaded } from '../loaded.ts'
import { namedIn } from '../named.ts'
import { nameOf, usePerson } from '../people.ts'
import { links } from '../route.ts'
import { type Run, useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { atClock, clockOf, moment, ownZone, span } from '../time.ts'

const words = texts.meetings

export function MeetingPage({ meetingId }: { meetingId: MeetingId }) {
  const { client, me } = useSession()
  const {
    data: meeting,
    problem,
    reload,
  } = useLoaded(useCallback(() => client.meetings.get({ meetingId }), [client, meetingId]))
  const invited = useList(useCallback(() => client.meetings.invitees.all({ meetingId }), [client, meetingId]))
  const { run, problem: refusal } = useRun(() => {
    reload()
    invited.reload()
  })
  if (meeting === undefined) {
    return (
      <Page title={words.one} back={links.meetings}>
        <Notice problem={problem} onRetry={reload} />
        {problem && <p className="hint">{words.byPasscode}</p>}
        {problem && <Join meetingId={meetingId} asksPasscode />}
      </Page>
    )
  }
  const isHost = meeting.hostId === me.id
  const own = invited.data?.find(({ userId }) => userId === me.id)
  const isOn = meeting.cancelledAt === null && meeting.nextAt !== null
  const keep = async () => {
    const { fileName, text } = await client.meetings.calendar({ meetingId })
    download(fileName, [text], 'text/calendar')
  }
  return (
    <Page title={meeting.title} back={links.meetings}>
      <Problem text={refusal ?? problem} />
      <Facts meeting={meeting} />
      {isHost && <Room meeting={meeting} run={run} />}
      {isOn && <Join meetingId={meetingId} />}
      {own && <Response own={own} meetingId={meetingId} run={run} />}
      <p className="actions">
        {meeting.recordingId && (
          <a className="button quiet" href={links.recording(meeting.recordingId)}>
            {words.toRecording}
          </a>
        )}
        <Act name={words.calendar} onClick={() => run(() => attempt(keep))} />
      </p>
      {isHost && isOn && meeting.lobby && <Lobby meetingId={meetingId} />}
      <Section title={words.invited} isOpen>
        <Invited {...{ meetingId, invited, isHost, run }} />
      </Section>
      {meeting.recurrence && (
        <Section title={words.series}>
          <Series meeting={meeting} isHost={isHost} run={run} />
        </Section>
      )}
      {isHost && (
        <>
          {isOn && (
            <Section title={words.change}>
              <MeetingForm key={`${meeting.modifiedAt} ${meeting.nextAt}`} meeting={meeting} onDone={reload} />
            </Section>
          )}
          <Section title={words.attendance}>
            <Attendance meetingId={meetingId} />
          </Section>
          <Section title={texts.sessions.history}>
            <History meetingId={meetingId} />
          </Section>
          <Section title={words.more}>
            <End meetingId={meetingId} isOn={isOn} run={run} />
          </Section>
        </>
      )}
    </Page>
  )
}

const minuteMs = 60_000
const repeats: Readonly<Record<string, string>> = words.repeats

function Facts({ meeting }: { meeting: Meeting }) {
  const { startsAt, nextAt, durationMinutes, timeZone, recurrence, description, cancelledAt, passcode, hostId } =
    meeting
  const host = nameOf(usePerson(hostId))
  const from = nextAt ?? startsAt
  const to = new Date(from.getTime() + durationMinutes * minuteMs)
  const [there, here] = [span(from, to, timeZone), span(from, to)]
  const { repeated, count } = ruleOf(recurrence)
  const how = repeats[repeated] ?? repeated
  return (
    <div className="facts">
      {cancelledAt && <p className="banner">{words.cancelled}</p>}
      {!cancelledAt && nextAt === null && <p className="hint">{words.over}</p>}
      <p>
        <b>{there}</b> <small>{timeZone}</small>
      </p>
      {here !== there && <p>{words.ownTime(`${here} (${ownZone})`)}</p>}
      {recurrence && <p>{count ? words.times(how, count) : how}</p>}
      <p className="hint">{words.host(host)}</p>
      {description && <p className="body">{description}</p>}
      {passcode && <p className="hint">{words.passcode(passcode)}</p>}
    </div>
  )
}

interface Part {
  readonly meetingId: MeetingId
  readonly run: Run
}

const roomStates: Readonly<Record<string, string>> = words.roomStates

/** What is the matter with the room at the provider, if anything is. */
function Room({ meeting: { id: meetingId, roomState, roomProblem }, run }: { meeting: Meeting; run: Run }) {
  const state = roomStates[roomState]
  if (state === undefined && roomProblem === null) return null
  return (
    <p className="banner">
      {state} {roomProblem}{' '}
      {roomState === 'failed' && (
        <Act
          name={words.tryAgain}
          className=""
          onClick={() => run(({ meetings }) => meetings.update.safe({ meetingId }))}
        />
      )}
    </p>
  )
}

function Response({ own, meetingId, run }: Part & { own: Invitation }) {
  return (
    <fieldset className="actions">
      <legend>{words.response}</legend>
      {(['yes', 'maybe', 'no'] as const).map((response) => (
        <Act
          key={response}
          name={words.responses[response]}
          aria-pressed={own.response === response}
          onClick={() => run(({ meetings }) => meetings.respond.safe({ meetingId, response }))}
        />
      ))}
    </fieldset>
  )
}

const responses: Readonly<Record<string, string>> = words.responses

function Invited({ meetingId, invited, isHost, run }: Part & { invited: List<Invitation>; isHost: boolean }) {
  const { client } = useSession()
  const invite = (people: string) =>
    attempt(async () => client.meetings.invite({ meetingId, invitees: await namedIn(client, people) }))
  const uninvite = ({ userId, email }: Invitation) => {
    const invitees = userId ? [{ userId }] : email ? [{ email }] : []
    return run(({ meetings }) => meetings.uninvite.safe({ meetingId, invitees }))
  }
  return (
    <>
      <Listed list={invited} empty={words.nobodyInvited}>
        {(one) => (
          <li key={one.userId ?? one.email}>
            <Person id={one.userId} email={one.email} detail={responses[one.response] ?? one.response}>
              {(name) => isHost && <Act name={words.uninvite} of={name} onClick={() => uninvite(one)} />}
            </Person>
          </li>
        )}
      </Listed>
      {isHost && (
        <Form
          submit={words.invite}
          isForMore
          fields={[{ name: 'invitees', label: texts.people, hint: texts.peopleHint }]}
          action={({ invitees }) => invite(invitees)}
          onDone={invited.reload}
        />
      )}
    </>
  )
}

/** What comes of a series. */
function Series({
  meeting: { id: meetingId, timeZone },
  isHost,
  run,
}: {
  meeting: Meeting
  isHost: boolean
  run: Run
}) {
  const { client } = useSession()
  const [moving, setMoving] = useState<number>()
  const load = useCallback(
    async () => (await client.meetings.list({ meetingId, limit: 200 })).items,
    [client, meetingId],
  )
  const { data, problem, reload } = useLoaded(load)
  const cancel = async (occurrence: Date, when: string) => {
    await run(({ meetings }) => meetings.cancel.safe({ meetingId, occurrence }), words.sureCancelOne(when))
    reload()
  }
  const move = (occurrence: Date, clock: string) =>
    attempt(() => client.meetings.update({ meetingId, occurrence, startsAt: atClock(clock, timeZone) }))
  return (
    <Listed list={{ data, problem, reload, showMore: undefined }} empty={words.over}>
      {({ originalAt, startsAt, endsAt, title, cancelledAt }) => {
        const [key, when] = [originalAt.getTime(), span(startsAt, endsAt)]
        return (
          <Entry key={key} name={when} detail={cancelledAt ? words.cancelled : title}>
            {isHost && !cancelledAt && (
              <span className="actions">
                <Act name={words.move} of={when} aria-expanded={moving === key} onClick={() => setMoving(key)} />
                <Act name={words.cancelOne} of={when} onClick={() => cancel(originalAt, when)} />
              </span>
            )}
            {moving === key && (
              <Form
                submit={words.moveTo(timeZone)}
                fields={[
                  {
                    ...{ name: 'startsAt', label: words.fields.startsAt, type: 'datetime-local' },
                    defaultValue: clockOf(startsAt, timeZone),
                  },
                ]}
                action={(given) => move(originalAt, given.startsAt)}
                onDone={() => {
                  setMoving(undefined)
                  reload()
                }}
              />
            )}
          </Entry>
        )
      }}
    </Listed>
  )
}

function Attendance({ meetingId }: { meetingId: MeetingId }) {
  const { client } = useSession()
  const list = useList(useCallback(() => client.meetings.attendance.all({ meetingId }), [client, meetingId]))
  return (
    <Listed list={list} empty={words.nobodyCame}>
      {({ userId, occurrence, joinedAt, leftAt }) => (
        <li key={`${userId} ${occurrence.getTime()} ${joinedAt.getTime()}`}>
          <Person id={userId} detail={leftAt === null ? moment(joinedAt) : span(joinedAt, leftAt)} />
        </li>
      )}
    </Listed>
  )
}

function End({ meetingId, isOn, run }: Part & { isOn: boolean }) {
  const remove = async () => {
    const isDone = await run(({ meetings }) => meetings.remove.safe({ meetingId }), words.sureRemove)
    if (isDone) location.replace(links.meetings)
  }
  return (
    <div className="actions">
      {isOn && (
        <Act
          name={words.cancel}
          onClick={() => run(({ meetings }) => meetings.cancel.safe({ meetingId }), words.sureCancel)}
        />
      )}
      <Act name={words.remove} onClick={remove} />
    </div>
  )
}
