import { z } from 'zod'
import { text } from '../text.ts'

/** A credential as it is pasted: no blanks around or within it. */
const credential = (max: number) =>
  text({ min: 1, max }).refine((value) => !/\s/.test(value), { error: 'must not hold blanks' })

/** What names an account of Zoom, as its Server-to-Server OAuth app shows it. */
export const zoomSettings = z.object({
  accountId: credential(200).describe('Account ID, as the app at the provider shows it.'),
  clientId: credential(200).describe('Client ID of the app.'),
})

/** What opens it. */
export const zoomSecrets = z.object({
  clientSecret: credential(500).describe('Client secret of the app. It is kept encrypted, and never shown again.'),
  webhookSecret: credential(500).describe(
    'Secret token of the app, by which its webhooks are known to be its own. It is kept encrypted, and never shown again.',
  ),
})
