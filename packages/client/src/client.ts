import { openEvents } from './events/events.ts'
import type { Events, EventsOptions } from './events/types.ts'
import {
  type ClientOptions,
  createClient as createCalls,
  type AntiphonClient as GeneratedClient,
  type EventsApi as GeneratedEventsApi,
  type UserId,
} from './generated/index.ts'
import { type Bytes, createBytes } from './uploads/bytes.ts'
import type { UploadsApi } from './uploads/types.ts'
import { withBytes } from './uploads/uploads.ts'

/** What happens, as it happens. Called, it gives the stream of this client and the views on it. */
export interface EventsApi extends GeneratedEventsApi {
  /**
   * The one stream of this client: the same as long as it is open, and opened by the first call. It resumes by itself; its
   * views are ordered and complete. The options count for the call that opens it.
   */
  (options?: EventsOptions): Events
}

export interface AntiphonClient extends GeneratedClient {
  readonly events: EventsApi
  readonly uploads: UploadsApi
  /** A client that acts for a user, whom its requests name in the header `Antiphon-As`. */
  as(id: UserId): AntiphonClient
}

/** A client of the API. Besides its options it keeps the stream that `events()` opened, so there may be several. */
export function createClient(options: ClientOptions): AntiphonClient {
  return extend(createCalls(options), createBytes(options))
}

/** A client whose `events` can be called, and which sends and fetches files. */
export function extend(client: GeneratedClient, bytes: Bytes): AntiphonClient {
  let current: Events | undefined
  const events = (options?: EventsOptions): Events => {
    if (current === undefined || current.status.state === 'closed') current = openEvents(client, options)
    return current
  }
  return {
    ...client,
    events: Object.assign(events, client.events),
    uploads: withBytes(client.uploads, bytes),
    as: (id) => extend(client.as(id), bytes.as(id)),
  }
}
