import type { AntiphonClient, Meeting } from '@antiphon/client'
import { namedIn } from '../../named.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { atClock, clockOf, ownZone } from '../../time.ts'
import { attempt, Form } from '../form.tsx'

const { fields: words, repeats, ...said } = texts.meetings

interface MeetingFormProps {
  /** What to change; without it a new one is made. */
  readonly meeting?: Meeting
  readonly onDone: (meeting: Meeting) => void
}

/** Arranges a meeting, or changes one. */
export function MeetingForm({ meeting, onDone }: MeetingFormProps) {
  const { client } = useSession()
  const before = meeting === undefined ? nothing() : valuesOf(meeting)
  const field = <Name extends keyof typeof before>(name: Name, more: object = {}) => {
    return { name, label: words[name], defaultValue: before[name], ...more }
  }
  const zones = [...new Set([before.timeZone, ownZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])]
  const ruleOptions = Object.entries({ [before.repeated]: before.repeated, ...repeats })
  const fields = [
    field('title', { maxLength: 200 }),
    field('startsAt', { type: 'datetime-local' }),
    field('durationMinutes', { inputMode: 'numeric' }),
    field('timeZone', { options: zones.map((zone) => [zone, zone]) }),
    field('repeated', { options: ruleOptions }),
    field('count', { hint: words.countHint, inputMode: 'numeric' }),
    field('link', { type: 'url', hint: meeting === undefined ? words.linkHint : words.linkKept }),
    field('description', { hint: texts.optional, maxLength: 4_000 }),
    field('passcode', { hint: words.passcodeHint, autoComplete: 'off' }),
    field('lobby', { type: 'checkbox', defaultChecked: before.lobby === 'on', defaultValue: undefined }),
  ]
  const invited = { name: 'invitees' as const, label: texts.people, hint: texts.peopleHint }
  const guarded = {
    ...{ name: 'recordingPassword' as const, label: words.recordingPassword, hint: texts.optional },
    ...{ type: 'password', autoComplete: 'new-password' },
  }
  return (
    <Form
      submit={meeting === undefined ? said.create : texts.save}
      fields={meeting === undefined ? [...fields, invited, guarded] : fields}
      action={(given) =>
        attempt(() => (meeting === undefined ? create(client, given) : update(client, meeting, { before, given })))
      }
      onDone={onDone}
      done={texts.saved}
    />
  )
}

/** A meeting as the form holds it. */
type Texts = Readonly<Record<Exclude<keyof typeof words, `${string}Hint` | 'linkKept' | 'recordingPassword'>, string>>

const hourMs = 3_600_000

function nothing(): Texts {
  const nextHour = new Date(Math.ceil(Date.now() / hourMs) * hourMs)
  return {
    ...{ title: '', description: '', startsAt: clockOf(nextHour, ownZone), durationMinutes: '60', timeZone: ownZone },
    ...{ repeated: '', count: '', link: '', passcode: '', lobby: '' },
  }
}

function valuesOf(meeting: Meeting): Texts {
  const { title, description, startsAt, nextAt, durationMinutes, timeZone, recurrence, passcode, lobby } = meeting
  return {
    ...{ title, description, timeZone, ...ruleOf(recurrence), link: '', passcode: passcode ?? '' },
    startsAt: clockOf(nextAt ?? startsAt, timeZone),
    durationMinutes: String(durationMinutes),
    lobby: lobby ? 'on' : '',
  }
}

/** A rule of a series without how often; rules that this form does not make stay as they are. */
export function ruleOf(recurrence: string | null): { repeated: string; count: string } {
  const [, repeated = recurrence ?? '', count = ''] =
    /^(FREQ=(?:DAILY|WEEKLY))(?:;COUNT=(\d+))?$/.exec(recurrence ?? '') ?? []
  return { repeated, count }
}

const toRule = ({ repeated, count }: Texts) => (repeated && count ? `${repeated};COUNT=${count}` : repeated)

function create(client: AntiphonClient, given: Texts & { invitees: string; recordingPassword: string }) {
  return namedIn(client, given.invitees).then((invitees) =>
    client.meetings.create({
      ...{ title: given.title, description: given.description, timeZone: given.timeZone, invitees },
      startsAt: atClock(given.startsAt, given.timeZone),
      durationMinutes: Number(given.durationMinutes) || 0,
      recurrence: toRule(given) || undefined,
      link: given.link || undefined,
      passcode: given.passcode || undefined,
      lobby: given.lobby === 'on',
      recordingPassword: given.recordingPassword || undefined,
    }),
  )
}

/** Says only what is another: times of a series that were moved by themselves stay so. */
async function update(client: AntiphonClient, { id }: Meeting, { before, given }: { before: Texts; given: Texts }) {
  const changed = <Value,>(names: readonly (keyof Texts)[], value: () => Value) =>
    names.some((name) => before[name] !== given[name]) ? value() : undefined
  return client.meetings.update({
    meetingId: id,
    title: changed(['title'], () => given.title),
    description: changed(['description'], () => given.description),
    timeZone: changed(['timeZone'], () => given.timeZone),
    startsAt: changed(['startsAt', 'timeZone'], () => atClock(given.startsAt, given.timeZone)),
    durationMinutes: changed(['durationMinutes'], () => Number(given.durationMinutes) || 0),
    recurrence: changed(['repeated', 'count'], () => toRule(given) || null),
    link: given.link || undefined,
    passcode: changed(['passcode'], () => given.passcode || null),
    lobby: changed(['lobby'], () => given.lobby === 'on'),
  })
}
