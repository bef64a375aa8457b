/** What came of a job, and what a worker tells meanwhile. */

import type { FeedlensError } from "../connection/errors.js";
import type { Post } from "../media/media-service.js";
import type { AcceptedJob } from "./jobs.js";

/** Why a job went by the legacy endpoint: what the new one failed with. */
export interface Fallback {
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  /** The kind of problem, as FeedlensError.type has it. */
  readonly type: string;
  /** What happened, in words. */
  readonly detail: string;
}

/** What came of a job. */
export interface MediaResult {
  /** Of the job. */
  readonly media_id: string;
  /** `legacy`: only the old system has the post; the same job again, later, brings it into the new. */
  readonly path: "multimodal" | "legacy";
  /**
   * Whether the post is new in the store; false if it was there before, also by an attempt whose
   * answer was lost, and on the legacy path.
   */
  readonly created: boolean;
  /** What the models failed to give; the same job again, later, repairs it. */
  readonly degraded: readonly string[];
  /** As it is stored; null on the legacy path. */
  readonly post: Post | null;
  /** Null unless the new path failed. */
  readonly fallback: Fallback | null;
  /** How many requests with the post or its picture were made, to either endpoint. */
  readonly attempts: number;
}

/** What a worker tells meanwhile; what a hook throws is logged and hinders no job. */
export interface Hooks {
  /** The job went by the legacy endpoint. */
  readonly onFallback?: ((fallback: Fallback, job: AcceptedJob) => unknown) | undefined;
  /** The job's next attempt begins in `waitMs`. */
  readonly onRetry?:
    ((error: FeedlensError, waitMs: number, job: AcceptedJob) => unknown) | undefined;
}
