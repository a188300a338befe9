import { type Row, writes } from './world.ts'

const others = { stranger: 'NOT_FOUND', related: 'NOT_FOUND', admin: 'NOT_FOUND' }

/** The rows of the uploads router. */
export const uploads: Record<string, Row> = {
  'uploads.begin': {
    call: (client) => client.uploads.begin({ name: 'x', type: 'text/plain', sizeBytes: 1 }),
    answers: writes(),
  },
  'uploads.complete': {
    call: (client, { uploadId }) => client.uploads.complete({ uploadId }),
    answers: writes(others),
  },
  'uploads.abort': {
    call: (client, { uploadId }) => client.uploads.abort({ uploadId }),
    answers: writes(others),
  },
}
