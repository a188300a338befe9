/** What Zoom says where it does not do what it was asked for. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: number
  readonly errors: readonly { field: string; message: string }[]

  constructor(status: number, code: number, message: string, errors: Refusal['errors'] = []) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }

  get body() {
    return { code: this.code, message: this.message, ...(this.errors.length > 0 && { errors: this.errors }) }
  }
}

export const noMeeting = (id: string) => new Refusal(404, 3001, `Meeting does not exist: ${id}.`)
export const noUser = (id: string) => new Refusal(404, 1001, `User does not exist: ${id}.`)
export const noRecording = () => new Refusal(404, 3301, 'This recording does not exist.')
