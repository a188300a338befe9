/** The audit tells parts of a file that are at least so small a share of it: a row stays short however it is read. */
const shares = 500

/** The whole parts of a file among the bytes from one position up to another; undefined where there is none. */
export function wholeParts(from: number, to: number, size: number): readonly [number, number] | undefined {
  const part = Math.max(1, Math.ceil(size / shares))
  const [first, last] = [Math.ceil(from / part) * part, to >= size ? size : Math.floor(to / part) * part]
  return last > first ? [first, last] : undefined
}
