import { useCallback, useState } from 'react'
import { Entry, Listed } from '../components/listed.tsx'
import { Page, Section } from '../components/page.tsx'
import { Imports } from '../components/royalties/imports.tsx'
import { money, monthName } from '../components/royalties/money.ts'
import { models, Report } from '../components/royalties/report.tsx'
import { Statements } from '../components/royalties/statements.tsx'
import { YourFee } from '../components/royalties/yourFee.tsx'
import { useList } from '../loaded.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'

const words = texts.royalties
const stateNames: Readonly<Record<string, string>> = words.states

/** The accounts for those who keep them; for others what is theirs. */
export function Royalties() {
  const { roles = [] } = useSession().me
  return <Page title={words.title}>{roles.includes('royalties') ? <Accounts /> : <Yours />}</Page>
}

function Accounts() {
  const { periods } = useSession().client.royalties
  const list = useList(useCallback(() => periods.list.all(), [periods]))
  return (
    <>
      <Section title={words.periods} isOpen>
        <Listed list={list} empty={words.noPeriods}>
          {({ period, state, poolMinor, currency, listeners }) => (
            <Entry
              key={period}
              name={monthName(period)}
              detail={[
                stateNames[state] ?? state,
                words.pool(money(poolMinor, currency)),
                words.listeners(listeners),
              ].join(' · ')}
              href={links.period(period)}
            />
          )}
        </Listed>
      </Section>
      <Section title={words.imports} isOpen>
        <Imports />
      </Section>
    </>
  )
}

/** The month before this one is what most want to see. */
function lastMonth(): string {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7)
}

function Yours() {
  const { labels } = useSession().client.royalties
  const [period, setPeriod] = useState(lastMonth)
  const [shown, setShown] = useState<(typeof models)[number] | 'compare'>(models[0])
  const list = useList(useCallback(() => labels.list.all(), [labels]))
  const isMonth = /^\d{4}-(0[1-9]|1[0-2])$/.test(period)
  return (
    <>
      <label className="month">
        {words.period}{' '}
        <input type="month" value={period} onChange={({ target }) => setPeriod(target.value)} placeholder="2026-10" />
      </label>
      {isMonth && list.data !== undefined && list.data.length > 0 && (
        <Section title={words.report} isOpen>
          <Report period={period} shown={shown} onShow={setShown} />
        </Section>
      )}
      {list.data?.map(({ id, name }) => (
        <Section key={id} title={`${words.statements}: ${name}`} isOpen>
          <Statements labelId={id} />
        </Section>
      ))}
      <Section title={words.yourFee} isOpen>
        {isMonth && <YourFee key={period} period={period} />}
      </Section>
    </>
  )
}
