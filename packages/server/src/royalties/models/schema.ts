import { z } from 'zod'

/** How the pool of a period is divided. */
export const modelName = z.enum(['pro-rata-seconds', 'pro-rata-streams', 'user-centric-seconds']).meta({
  open: true,
  id: 'RoyaltyModel',
  description:
    'How the pool of a period is divided. `pro-rata-seconds`: all fees are one pool, and each track gets its part of all seconds ' +
    'that were heard. `pro-rata-streams`: the same by the number of streams, of which those shorter than the policy says do not ' +
    'count. `user-centric-seconds`: the fee of each listener goes to what they heard alone, by seconds; who heard nothing has ' +
    'theirs suspended.',
})
