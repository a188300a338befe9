import { createHmac } from 'node:crypto'
import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const anyone = createClient({ url })
const identifier = `finn_${Date.now().toString(36)}`
const password = 'a long passphrase'
const signedUp = await anyone.users.signUp({ userName: identifier, email: `${identifier}@example.com`, password })
let token = signedUp.token
const client = createClient({ url, token: () => token })

// #region authenticator
/** What an authenticator shows now: RFC 6238 with SHA-1, six digits and steps of 30 seconds. */
function authenticator(secret: string): string {
  const values = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter))
  const bits = values.map((value) => value.toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const hash = createHmac('sha1', key).update(step).digest()
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 15) & 0x7f_ff_ff_ff
  return String(number % 1_000_000).padStart(6, '0')
}
// #endregion authenticator

// #region enroll
const { secret, uri } = await client.users.mfa.enroll({ password }) // show the uri as a QR code
const confirmed = await client.users.mfa.confirm({ code: authenticator(secret) })
token = confirmed.token // all other devices are signed out
const { recoveryCodes } = confirmed // ten, shown this once
// #endregion enroll
console.log(uri.startsWith('otpauth://totp/Antiphon:'), recoveryCodes.length)

// #region signIn
const signIn = await anyone.users.signIn.safe({ identifier, password })
if (!signIn.ok && signIn.error.code === 'MFA_REQUIRED') {
  const [code] = recoveryCodes // or the six digits that the authenticator shows; each works once
  const { user } = await anyone.users.signIn({ identifier, password, code })
  console.log(user.mfa)
}
// #endregion signIn
