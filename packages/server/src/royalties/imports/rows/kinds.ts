import type { z } from 'zod'
import type { importKind } from '../schema.ts'

export type ImportKind = z.infer<typeof importKind>
