import { router } from '../trpc.ts'
import { adjustmentsRouter } from './adjustments/router.ts'
import { importsRouter } from './imports/router.ts'
import { labelsRouter } from './labels/router.ts'
import { ledgerRouter } from './ledger/router.ts'
import { listenersRouter } from './listeners/router.ts'
import { periodsRouter } from './periods/router.ts'
import { reportProcedures } from './report/router.ts'
import { runsRouter } from './runs/router.ts'
import { sourcesRouter } from './sources/router.ts'
import { statementsRouter } from './statements/router.ts'
import { streamsRouter } from './streams/router.ts'
import { suspenseRouter } from './suspense/router.ts'
import { originsRouter } from './terms/originsRouter.ts'
import { policiesRouter } from './terms/policiesRouter.ts'
import { traceProcedures } from './trace/router.ts'
import { rightsRouter } from './tracks/rightsRouter.ts'
import { tracksRouter } from './tracks/router.ts'

/** What was heard, what it earns, and who is paid. */
export const royaltiesRouter = router({
  ...reportProcedures,
  ...traceProcedures,
  labels: labelsRouter,
  tracks: tracksRouter,
  rights: rightsRouter,
  listeners: listenersRouter,
  origins: originsRouter,
  policies: policiesRouter,
  streams: streamsRouter,
  imports: importsRouter,
  sources: sourcesRouter,
  periods: periodsRouter,
  runs: runsRouter,
  suspense: suspenseRouter,
  adjustments: adjustmentsRouter,
  statements: statementsRouter,
  ledger: ledgerRouter,
})
