/** The initials of a name on a colour of its own. */
export function Avatar({ name, id }: { name: string; id: string }) {
  const hue = [...id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)
  const words = name.split(/\s+/).filter(Boolean)
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '')
  return (
    <span className="avatar" style={{ '--hue': hue } as React.CSSProperties} aria-hidden="true">
      {initials.join('').toUpperCase()}
    </span>
  )
}
