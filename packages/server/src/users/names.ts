/** The form of an e-mail address or user name that has to be unique: compatibility-normalised, lower case. */
export function normalise(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
