/**
 * What a MediaWorker rejects with, beside the errors of calls (connection/errors.ts).
 *
 *     FeedlensError
 *     ├── NoLegacyVectorError        the old system can't take it, and only its path is open
 *     ├── UnavailableError
 *     │   └── FallbackFailedError    the service failed, and so did the legacy endpoint
 *     ├── LegacyStoreError           `legacy.store` rejected
 *     └── WorkerClosedError          the worker takes no more jobs, or ended this one
 */

import { KIND } from "../connection/error-kinds.js";
import {
  ConflictError,
  FeedlensError,
  InvalidInputError,
  InvalidRequestError,
  TooLargeError,
  UnavailableError,
} from "../connection/errors.js";

/**
 * With USE_MULTIMODAL_EMBEDDINGS off a post has no vector: a text, or what the old service refuses,
 * such as a video. The job is well, and to be tried again when the flag is on.
 */
export class NoLegacyVectorError extends FeedlensError {
  static override readonly [KIND]: string = "NoLegacyVectorError";

  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:no-legacy-vector", cause });
  }
}

/**
 * The service failed, and so did the legacy endpoint: the job is to be tried again later.
 *
 * `status`, `type` and `retryAfter` are those of the service's failure; `cause` is an
 * AggregateError of both.
 */
export class FallbackFailedError extends UnavailableError {
  static override readonly [KIND]: string = "FallbackFailedError";

  constructor(first: FeedlensError, legacy: unknown) {
    const why = legacy instanceof Error ? legacy.message : String(legacy);
    super(`${first.message}; and the legacy endpoint can't stand in: ${why}`, {
      status: first.status,
      type: first.type,
      retryAfter: first.retryAfter,
      members: first.members,
      cause: new AggregateError([first, legacy], "both paths failed"),
    });
  }
}

/** `legacy.store` rejected; `cause` is what it rejected with. */
export class LegacyStoreError extends FeedlensError {
  static override readonly [KIND]: string = "LegacyStoreError";

  constructor(message: string, cause: unknown) {
    super(message, { type: "urn:feedlens:client:legacy-store", cause });
  }
}

/** The worker takes no more jobs, or ended this one at shutdown: it is for another worker. */
export class WorkerClosedError extends FeedlensError {
  static override readonly [KIND]: string = "WorkerClosedError";

  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:worker-closed", cause });
  }
}

/** Whether the job itself is at fault, so that a queue need not try it again. */
export function isPermanent(error: unknown): boolean {
  return (
    error instanceof InvalidInputError ||
    error instanceof InvalidRequestError ||
    error instanceof TooLargeError ||
    error instanceof ConflictError
  );
}
