import type { Connection } from '@antiphon/client'
import { useCallback } from 'react'
import { useNow } from '../../live.ts'
import { useList } from '../../loaded.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { fromNow } from '../../time.ts'
import { Act, Copy, Problem } from '../act.tsx'
import { Form } from '../form.tsx'
import { Listed } from '../listed.tsx'
import { Section } from '../page.tsx'
import { providerName } from './words.tsx'

const words = texts.sessions

const field = (name: keyof typeof words.fields, more: object = {}) => ({
  ...{ name, label: words.fields[name], autoComplete: 'off', spellCheck: false, ...more },
})
const secret = { type: 'password', autoComplete: 'new-password' }

/** Accounts at providers, for administrators. */
export function Accounts() {
  const { providers } = useSession().client.sessions
  const list = useList(useCallback(() => providers.list.all(), [providers]))
  return (
    <>
      <Listed list={list} empty={words.noAccounts}>
        {(account) => <Account key={account.id} account={account} onChange={list.reload} />}
      </Listed>
      <h3>{words.connect}</h3>
      <p className="hint">{words.connectHint}</p>
      <Form
        submit={words.connect}
        isForMore
        fields={[
          field('name', { maxLength: 100 }),
          field('accountId'),
          field('clientId'),
          field('clientSecret', secret),
          field('webhookSecret', secret),
          field('defaultPasscode', { hint: texts.optional }),
        ]}
        action={({ code: _, defaultPasscode, ...given }) =>
          providers.connect.safe({ ...given, provider: 'zoom', defaultPasscode: defaultPasscode || undefined })
        }
        onDone={list.reload}
        done={words.connected}
      />
    </>
  )
}

const health: Readonly<Record<string, string>> = words.health

function Account({ account, onChange }: { account: Connection; onChange: () => void }) {
  const { id: connectionId, name, provider, accountName, state, problem, notes, webhookUrl } = account
  const { run, problem: refusal } = useRun(onChange)
  return (
    <li className="session" aria-label={name}>
      <h4>
        {name}{' '}
        <small className="state" data-state={state}>
          {health[state] ?? state}
        </small>
      </h4>
      <p className="hint">{[providerName(provider), accountName, account.accountId].filter(Boolean).join(' · ')}</p>
      <Problem text={refusal ?? problem ?? undefined} />
      <Contact account={account} />
      {notes.map((note) => (
        <p key={note} className="hint">
          {note}
        </p>
      ))}
      <p className="hint">{words.webhookUrl}</p>
      <code className="secret">{webhookUrl}</code>
      <p className="actions">
        <Copy text={webhookUrl} of={name} />
        <Act
          name={words.check}
          of={name}
          onClick={() => run(({ sessions }) => sessions.providers.check.safe({ connectionId }))}
        />
        <Act
          name={words.disconnect}
          of={name}
          onClick={() =>
            run(({ sessions }) => sessions.providers.remove.safe({ connectionId }), words.sureDisconnect(name))
          }
        />
      </p>
      <Section title={words.change(name)}>
        <Change account={account} onDone={onChange} />
      </Section>
    </li>
  )
}

/** When we heard of each other, and how often it was asked. */
function Contact({ account: { heardAt, answeredAt, pausedUntil, callsToday } }: { account: Connection }) {
  const now = useNow()
  const calls = callsToday.map(({ category, calls, limit }) => words.callsOf(category, calls, limit))
  const lines = [
    answeredAt === null ? words.neverAnswered : words.answered(fromNow(answeredAt, now)),
    heardAt === null ? words.neverHeard : words.heard(fromNow(heardAt, now)),
    pausedUntil && words.paused(fromNow(pausedUntil, now)),
    calls.length > 0 && `${words.calls}: ${calls.join(', ')}.`,
  ]
  return <p>{lines.filter(Boolean).join(' ')}</p>
}

/** Says only what is to be another. */
function Change({ account, onDone }: { account: Connection; onDone: () => void }) {
  const { providers } = useSession().client.sessions
  const { id: connectionId, name, hasDefaultPasscode } = account
  const kept = { hint: words.asItIs }
  return (
    <Form
      submit={texts.save}
      fields={[
        field('name', { maxLength: 100, defaultValue: name }),
        field('clientSecret', { ...secret, ...kept }),
        field('webhookSecret', { ...secret, ...kept }),
        field('defaultPasscode', hasDefaultPasscode ? kept : { hint: texts.optional }),
        ...(hasDefaultPasscode ? [{ name: 'noPasscode' as const, label: words.noPasscode, type: 'checkbox' }] : []),
      ]}
      action={(given) =>
        providers.update.safe({
          connectionId,
          name: given.name === name ? undefined : given.name,
          clientSecret: given.clientSecret || undefined,
          webhookSecret: given.webhookSecret || undefined,
          defaultPasscode: given.noPasscode === 'on' ? null : given.defaultPasscode || undefined,
        })
      }
      onDone={onDone}
      done={texts.saved}
    />
  )
}
