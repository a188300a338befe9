import { rm } from 'node:fs/promises'
import { PerformanceObserver } from 'node:perf_hooks'
import { sql } from 'kysely'
import { openAntiphon } from '../../src/app.ts'
import { findTotals } from '../../src/royalties/report/store.ts'
import { divided } from '../../src/royalties/report/divided.ts'
import { temporaryDirectory } from '../../test/temporary.ts'
const period='2026-10'
const data = await temporaryDirectory()
const { antiphon, db } = await openAntiphon({ database: data, secret: 'a secret of measurements, of no use elsewhere' })
function show(name: string, t: number[]){ t.sort((a,b)=>a-b); const at=(p:number)=>t[Math.floor(t.length*p)]?.toFixed(2); console.log(name.padEnd(30),'p50',at(.5),'p90',at(.9),'p99',at(.99),'max',t.at(-1)?.toFixed(2)) }
try {
  await sql`insert into labels (id, name, name_key) select 'lbl_' || lpad(n::text, 26, '0'), 'Label ' || n, 'label ' || n from generate_series(1, 1000) n`.execute(db)
  await sql`insert into royalty_periods (id, currency, pool_micro) values (${period}, 'EUR', 17990000000000)`.execute(db)
  await sql`insert into royalty_totals (period, model, payee, seconds, streams, listeners, weight) select ${period}, m, l.id, 200000, 1000, 900, (hashtext(l.id)::bigint + 3000000000) * 1000000 from labels l, unnest(array['pro-rata-seconds','pro-rata-streams','user-centric-seconds']) m`.execute(db)
  await sql`analyze`.execute(db)
  const gcs: number[] = []
  new PerformanceObserver((l) => { for (const e of l.getEntries()) gcs.push(e.duration) }).observe({ entryTypes: ['gc'] })
  const { royalties } = antiphon.caller({ service: 'bench' })
  for (let i=0;i<200;i++) await royalties.report({ period, model: 'pro-rata-seconds' })
  for (let round=0; round<2; round++) {
    const q:number[]=[], d:number[]=[], r:number[]=[], one:number[]=[]
    gcs.length=0
    for (let i=0;i<1000;i++) {
      let s=performance.now(); await sql`select 1`.execute(db); one.push(performance.now()-s)
      s=performance.now(); const t = await findTotals(db, period, ['pro-rata-seconds']); q.push(performance.now()-s)
      s=performance.now(); if (t) divided(t,'pro-rata-seconds'); d.push(performance.now()-s)
      s=performance.now(); await royalties.report({ period, model: 'pro-rata-seconds' }); r.push(performance.now()-s)
    }
    show('one', one); show('findTotals', q); show('divided', d); show('report', r)
    await new Promise(r=>setTimeout(r,50))
    show(`gc ${gcs.length}`, gcs)
  }
  const { rows } = await sql`explain analyze select p.currency, p.state, p.pool_micro as "poolMicro", t.model, t.payee, l.name, t.seconds, t.streams, t.listeners, t.weight from royalty_periods p left join royalty_totals t on t.period = p.id and t.model = any(array['pro-rata-seconds']) left join labels l on l.id = t.payee where p.id = '2026-10'`.execute(db)
  console.log(rows.map((r: any) => r['QUERY PLAN']).join('\n'))
} finally { await antiphon.close(); await rm(data, { recursive: true, force: true }) }
