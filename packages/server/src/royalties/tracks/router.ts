import { router } from '../../trpc.ts'

/** Part of the royalties router. */
export const tracksRouter = router({})
