import { readFile } from 'node:fs/promises'
import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const anyone = createClient({ url })
const name = `gwen_${Date.now().toString(36)}`
const email = `${name}@example.com`
await anyone.users.signUp({ userName: name, email, password: 'a long passphrase' })

/** The newest link to a page of the app that was mailed to an address. In development the server logs its mails. */
async function mailedLink(to: string, page: string): Promise<URL> {
  for (;;) {
    const log = await readFile(process.env.ANTIPHON_LOG ?? 'server.log', 'utf8')
    const mails = log.split('\n').filter((line) => line.includes(to))
    const links = mails.flatMap((mail) => mail.match(/https?:\/\/[^\s"\\]+/g) ?? [])
    const link = links.findLast((text) => text.includes(`/#/${page}/`))
    if (link !== undefined) return new URL(link)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

// #region verify
// The mail after the sign-up has a link like https://app.example.com/#/verify/mlt_...
const verification = await mailedLink(email, 'verify')
const [, , proof = ''] = verification.hash.split('/') // in a browser, location.hash
await anyone.users.verifyEmail({ token: proof })
// #endregion verify

// #region reset
await anyone.users.requestPasswordReset({ email }) // answers alike for addresses of nobody
const link = await mailedLink(email, 'reset')
const [, , resetToken = ''] = link.hash.split('/')
const { user, token } = await anyone.users.resetPassword({ token: resetToken, password: 'another passphrase' })

const twice = await anyone.users.resetPassword.safe({ token: resetToken, password: 'a third passphrase' })
console.log(user.emailVerified, twice.ok ? 'worked twice' : twice.error.code) // true LINK_INVALID
// #endregion reset
console.log((await createClient({ url, token }).users.me()).userName === name)
