/**
 * What `recordEvents()` rejects with, beside the errors of calls (connection/errors.ts).
 *
 *     FeedlensError
 *     ├── EventBacklogError    as many events wait as may
 *     └── EventsClosedError    after `close()`, or not written in its time
 */

import { KIND } from "../connection/error-kinds.js";
import { FeedlensError } from "../connection/errors.js";

/** As many events wait as may; none of this call's was taken. The service is slow, or away. */
export class EventBacklogError extends FeedlensError {
  static override readonly [KIND]: string = "EventBacklogError";

  constructor(message: string) {
    super(message, { type: "urn:feedlens:client:event-backlog" });
  }
}

/** Events are no longer taken, or these could not be sent in the time that `close()` had. */
export class EventsClosedError extends FeedlensError {
  static override readonly [KIND]: string = "EventsClosedError";

  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:events-closed", cause });
  }
}
