import type { RoyaltyPeriodInDetail } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { Act, Problem } from '../../components/act.tsx'
import { Form } from '../../components/form.tsx'
import { Entry, Listed } from '../../components/listed.tsx'
import { Notice } from '../../components/notice.tsx'
import { Page, Section } from '../../components/page.tsx'
import { heard, money, monthName } from '../../components/royalties/money.ts'
import { type Model, models, Report } from '../../components/royalties/report.tsx'
import { Statements } from '../../components/royalties/statements.tsx'
import { collect, useList, useLoaded } from '../../loaded.ts'
import { links } from '../../route.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'

const words = texts.royalties
const stateNames: Readonly<Record<string, string>> = words.states
const suspendedNames: Readonly<Record<string, string>> = words.suspended
const mostNamed = 1_000
const modelNames: Readonly<Record<string, string>> = words.models

/** A month of accounts: what it comes to, settling and closing it, its statements. For those who keep the accounts. */
export function PeriodPage({ period }: { period: string }) {
  const { roles = [] } = useSession().me
  return (
    <Page title={monthName(period)} back={links.royalties}>
      {roles.includes('royalties') ? (
        <Month period={period} />
      ) : (
        <>
          <p>{words.keepersOnly}</p>
          <a className="link" href={links.royalties}>
            {words.toYours}
          </a>
        </>
      )}
    </Page>
  )
}

function Month({ period }: { period: string }) {
  const { periods } = useSession().client.royalties
  const { data: month, problem, reload } = useLoaded(useCallback(() => periods.get({ period }), [periods, period]))
  const [chosen, setChosen] = useState<Model | 'compare'>()
  if (month === undefined) return <Notice problem={problem} onRetry={reload} />
  const { state, model: settledBy, currency } = month
  const shown = chosen ?? models.find((one) => one === settledBy) ?? models[0]
  return (
    <>
      <Settling month={month} model={shown} onChange={reload} />
      <Section title={words.report} isOpen>
        <Report key={state} {...{ period, shown, settledBy }} onShow={setChosen} canCompare />
      </Section>
      <Section title={words.suspense}>
        <Suspense key={state} period={period} currency={currency} />
      </Section>
      <Section title={words.moved} isOpen={state === 'frozen'}>
        <Moved key={state} period={period} />
      </Section>
      {state === 'closed' && (
        <Section title={words.statements} isOpen>
          <Statements period={period} canPay />
        </Section>
      )}
    </>
  )
}

interface SettlingProps {
  readonly month: RoyaltyPeriodInDetail
  readonly model: Model | 'compare'
  readonly onChange: () => void
}

function Settling({ month, model: shown, onChange }: SettlingProps) {
  const { runs, periods } = useSession().client.royalties
  const { run, problem } = useRun(onChange)
  const { period, state, poolMinor, currency, listeners, model, runId } = month
  const what = [stateNames[state] ?? state, words.pool(money(poolMinor, currency)), words.listeners(listeners)]
  const isOver = period < new Date().toISOString().slice(0, 7)
  return (
    <>
      <Problem text={problem} />
      <p className="facts">{[...what, ...(model === null ? [] : [modelNames[model] ?? model])].join(' · ')}</p>
      {state === 'open' && shown !== 'compare' && (
        <p className="actions">
          <Act
            name={words.run(words.models[shown])}
            className=""
            onClick={() => run(() => runs.create.safe({ period, model: shown }))}
          />
        </p>
      )}
      {state === 'frozen' && isOver && (
        <p className="actions">
          <Act
            name={words.close}
            className=""
            onClick={() => run(() => periods.close.safe({ period }), words.sureClose(monthName(period)))}
          />
        </p>
      )}
      {state === 'frozen' && runId !== null && (
        <Section title={words.reverse}>
          <Form
            submit={words.reverse}
            fields={[{ name: 'reason', label: words.reason, maxLength: 500 }]}
            action={({ reason }) => runs.reverse.safe({ runId, reason })}
            onDone={onChange}
          />
        </Section>
      )}
    </>
  )
}

/** What is accounted in a month besides its own earnings. */
function Moved({ period }: { period: string }) {
  const { adjustments, labels } = useSession().client.royalties
  const list = useList(useCallback(() => adjustments.list.all({ period }), [adjustments, period]))
  const { data: named = [] } = useLoaded(useCallback(() => collect(labels.list.all(), mostNamed), [labels]))
  return (
    <Listed list={list} empty={words.noMoved}>
      {({ id, labelId, suspended, amountMinor, currency, reason }) => (
        <Entry
          key={id}
          name={named.find((label) => label.id === labelId)?.name ?? suspendedNames[suspended ?? ''] ?? labelId}
          detail={`${money(amountMinor, currency)} · ${reason}`}
        />
      )}
    </Listed>
  )
}

function Suspense({ period, currency }: { period: string; currency: string | null }) {
  const { suspense } = useSession().client.royalties
  const list = useList(useCallback(() => suspense.list.all({ period }), [suspense, period]))
  return (
    <Listed list={list} empty={words.noSuspense}>
      {({ kind, trackId, externalId, title, seconds, amountMinor }) => (
        <Entry
          key={trackId ?? kind}
          name={title ?? externalId ?? words.suspended.unheard}
          detail={[heard(seconds), ...(amountMinor === null ? [] : [money(amountMinor, currency)])].join(' · ')}
        />
      )}
    </Listed>
  )
}
