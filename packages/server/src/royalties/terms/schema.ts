import { z } from 'zod'
import { pageInput, pageOf } from '../../page.ts'
import { originName } from '../listeners/schema.ts'
import { period } from '../periods/month.ts'

const from = period
  .optional()
  .describe('From which period on; left out, from the first on that nothing is shut in or after.')
const until = 'From this period on, until the next from which something else was set; `0001-01`: from the beginning.'

const counts = z.int().min(0).max(1_000_000)

export const origin = z
  .object({
    name: z.string().describe('What fees name it by, such as `app_store`.'),
    from: period.describe(until),
    countsPpm: counts.describe('Which part of a fee counts, in millionths: 700,000 is 70 %.'),
  })
  .meta({ id: 'Origin', description: 'Where fees come from, and which part of them counts from a period on.' })

export const setOriginInput = z.object({
  name: originName.describe('What fees name it by, 1 to 64 characters, taken as it is.'),
  from,
  countsPpm: counts.describe('Which part of a fee counts, in millionths: 700,000 is 70 %.'),
})

export const originPage = pageOf(origin)

const fields = {
  feeRounding: z
    .enum(['none', 'perListener'])
    .describe(
      'Whether what counts of a fee is rounded: `none`, the fees are added up to millionths of a minor unit; `perListener`, ' +
        'each is rounded to whole minor units, halves up.',
    ),
  minimumSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .describe('A stream that is shorter does not count where streams are counted.'),
  minimumPayoutMinor: z
    .bigint()
    .min(0n)
    .max(1_000_000_000_000n)
    .describe('A balance below this is carried forward, in minor units.'),
  suspiciousSeconds: z
    .int()
    .min(1)
    .max(2_678_400)
    .describe('A stream with more seconds than this is flagged when it comes. It counts all the same.'),
}

export const policy = z
  .object({
    version: z.int().min(1).describe('Number of this version; each change has a higher one.'),
    from: period.describe(until),
    ...fields,
    feeRounding: fields.feeRounding.meta({ open: true }),
    createdAt: z.date(),
  })
  .meta({ id: 'Policy', description: 'The rules by which periods are settled from one on.' })

export const setPolicyInput = z.object({
  from,
  feeRounding: fields.feeRounding.optional(),
  minimumSeconds: fields.minimumSeconds.optional(),
  minimumPayoutMinor: fields.minimumPayoutMinor.optional(),
  suspiciousSeconds: fields.suspiciousSeconds.optional(),
})

export const policyPage = pageOf(policy)
export const listInput = z.object(pageInput)
