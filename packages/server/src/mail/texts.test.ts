import { expect, test } from 'vitest'
import {
  emailChangedMail,
  invitationMail,
  type MailText,
  passwordChangedMail,
  passwordResetMail,
  verificationMail,
} from './texts.ts'

const link = 'https://example.org/#/verify/a&b"c'

const all = (name: string): MailText[] => [
  verificationMail({ name, link, minutes: 30 }),
  passwordResetMail({ name, link, minutes: 1 }),
  invitationMail({ name, link, days: 7 }),
  passwordChangedMail({ name, link }),
  passwordChangedMail({ name }),
  emailChangedMail({ name }),
]

test('every mail greets by name, says the same twice, and has its link on a line of its own', () => {
  for (const { subject, text, html } of all('Ann')) {
    expect(subject).toMatch(/^[A-Z][\w ]+$/)
    expect(text).toMatch(/^Hello Ann,\n\n/)
    expect(html).toContain('<p>Hello Ann,</p>')
    expect(html).not.toMatch(/\b(undefined|null|NaN)\b/)
    if (text.includes('https:')) expect(text.split('\n')).toContain(link)
  }
  expect(all('Ann').filter(({ text }) => text.includes(link))).toHaveLength(4)
})

test('says how long a link works', () => {
  const [verification, reset, invitation] = all('Ann')
  expect(verification?.text).toContain('works for 30 minutes')
  expect(reset?.text).toContain('for 1 minute.')
  expect(invitation?.text).toContain('works for 7 days')
})

test('everything is escaped in HTML', () => {
  for (const { html } of all(`<b onclick="x">O'Neil & Sons`)) {
    expect(html).toContain('Hello &lt;b onclick=&quot;x&quot;&gt;O&#39;Neil &amp; Sons,')
    expect(html).not.toContain(link)
  }
  expect(verificationMail({ name: 'Ann', link, minutes: 5 }).html).toContain(
    '<a href="https://example.org/#/verify/a&amp;b&quot;c">',
  )
})

test('a name carries no message', () => {
  const greeting = (name: string) => passwordChangedMail({ name }).text.split('\n')[0]
  expect(greeting('J. R. Ünal-世界')).toBe('Hello J. R. Ünal-世界,')
  expect(greeting('Ann\r\n\r\nBuy now\u202e')).toBe('Hello Ann Buy now,')
  for (const name of ['', ' ', 'www.evil.com', 'see https://evil', 'me@evil.com', '10.0.0.1', 'x'.repeat(61)]) {
    expect([name, greeting(name)]).toEqual([name, 'Hello there,'])
  }
})
