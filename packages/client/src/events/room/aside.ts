import type { Range } from './fold.ts'

/** More than this is not kept: it is fetched, once it is known what comes before. */
const maxRanges = 100

/** Ranges that came too early: something before them is missing yet. */
export class Aside {
  #ranges: Range[] = []

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  add(range: Range): void {
    if (this.#ranges.length < maxRanges) this.#ranges.push(range)
  }

  /** A range that goes on from a number; what is not beyond it is forgotten. */
  take(applied: number): Range | undefined {
    this.#ranges = this.#ranges.filter(({ to }) => to > applied)
    const found = this.#ranges.find(({ from }) => from <= applied)
    this.#ranges = this.#ranges.filter((range) => range !== found)
    return found
  }

  clear(): void {
    this.#ranges = []
  }
}
