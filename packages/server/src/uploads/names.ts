/**
 * A name for a file as a label: without what separates folders, control characters, and what turns the direction of writing,
 * by which `exe.png` can be made of `gnp.exe`.
 */
export function labelOf(name: string): string {
  const label = name.replace(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '_').trim()
  return /^\.*$/.test(label) ? `_${label}` : label
}
