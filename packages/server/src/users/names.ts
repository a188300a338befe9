/** The form of an e-mail address or user name that has to be unique: compatibility-normalised, lower case. */
export function normalise(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

const reserved = new Set(['antiphon', 'deleted-user', 'system'])

/** Whether a user name, in normalised form, would look as if it came from the server. */
export function isReserved(userNameKey: string): boolean {
  return reserved.has(userNameKey)
}
