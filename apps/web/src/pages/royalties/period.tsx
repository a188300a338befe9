import type { RoyaltyPeriodInDetail } from '@antiphon/client'
import { useCallback } from 'react'
import { Act, Problem } from '../../components/act.tsx'
import { Form } from '../../components/form.tsx'
import { Entry, Listed } from '../../components/listed.tsx'
import { Notice } from '../../components/notice.tsx'
import { Page, Section } from '../../components/page.tsx'
import { heard, money, monthName } from '../../components/royalties/money.ts'
import { models, Report } from '../../components/royalties/report.tsx'
import { Statements } from '../../components/royalties/statements.tsx'
import { useList, useLoaded } from '../../loaded.ts'
import { links } from '../../route.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'

const words = texts.royalties
const stateNames: Readonly<Record<string, string>> = words.states
const modelNames: Readonly<Record<string, string>> = words.models

/** A month of accounts: what it comes to, settling and closing it, its statements. */
export function PeriodPage({ period }: { period: string }) {
  const { periods } = useSession().client.royalties
  const { data: month, problem, reload } = useLoaded(useCallback(() => periods.get({ period }), [periods, period]))
  return (
    <Page title={monthName(period)} back={links.royalties}>
      {month === undefined ? (
        <Notice problem={problem} onRetry={reload} />
      ) : (
        <>
          <Settling month={month} onChange={reload} />
          <Section title={words.report} isOpen>
            <Report key={month.state} period={period} canCompare />
          </Section>
          <Section title={words.suspense}>
            <Suspense key={month.state} period={period} currency={month.currency} />
          </Section>
          {month.state === 'closed' && (
            <Section title={words.statements} isOpen>
              <Statements period={period} canPay />
            </Section>
          )}
        </>
      )}
    </Page>
  )
}

function Settling({ month, onChange }: { month: RoyaltyPeriodInDetail; onChange: () => void }) {
  const { runs, periods } = useSession().client.royalties
  const { run, problem } = useRun(onChange)
  const { period, state, poolMinor, currency, listeners, model, runId } = month
  const what = [stateNames[state] ?? state, words.pool(money(poolMinor, currency)), words.listeners(listeners)]
  return (
    <>
      <Problem text={problem} />
      <p>{[...what, ...(model === null ? [] : [modelNames[model] ?? model])].join(' · ')}</p>
      {state === 'open' && (
        <Form
          submit={words.run}
          fields={[{ name: 'model', label: words.model, options: models.map((one) => [one, words.models[one]]) }]}
          action={({ model }) => runs.create.safe({ period, model: models.find((one) => one === model) ?? models[0] })}
          onDone={onChange}
        />
      )}
      {state === 'frozen' && runId !== null && (
        <>
          <Act
            name={words.close}
            className=""
            onClick={() => run(() => periods.close.safe({ period }), words.sureClose(monthName(period)))}
          />
          <Form
            submit={words.reverse}
            fields={[{ name: 'reason', label: words.reason, maxLength: 500 }]}
            action={({ reason }) => runs.reverse.safe({ runId, reason })}
            onDone={onChange}
          />
        </>
      )}
    </>
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
