/** Where a command writes to. */
export interface Output {
  log(text: string): void
  error(text: string): void
}

/** A command given in a way that it cannot be carried out. */
export class Misuse extends Error {}
