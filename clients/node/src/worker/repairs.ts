/** The new path of an upload: POST /v1/media until it is stored, and a few times until it is whole. */

import { FeedlensError } from "../connection/errors.js";
import { delayMs, pause, type RetryPolicy, withRetries } from "../connection/retries.js";
import type { Published } from "../media/media-service.js";

interface Persistence {
  readonly policy: RetryPolicy;
  /** How often to try again what a model failed to give, after the post is stored. */
  readonly maxRepairs: number;
  readonly signal: AbortSignal;
  readonly onRetry: (error: FeedlensError, waitMs: number) => void;
  readonly onRepairFailed: (error: FeedlensError) => void;
}

/**
 * Calls `publish` until the post is stored. One that is `degraded` is published again, which
 * repairs it; what is still missing then, or when a repair fails or `signal` ends them, is told by
 * the answer: the post is stored.
 */
export async function publishWhole(
  publish: () => Promise<Published>,
  { policy, maxRepairs, signal, onRetry, onRepairFailed }: Persistence,
): Promise<Published> {
  const first = await withRetries(publish, policy, { signal, onRetry });
  let { post } = first;
  try {
    for (let repair = 1; post.degraded.length > 0 && repair <= maxRepairs; repair += 1) {
      await pause(delayMs(policy, repair, undefined), signal);
      ({ post } = await publish());
    }
  } catch (error) {
    if (!(error instanceof FeedlensError)) throw error; // a defect of ours
    onRepairFailed(error);
  }
  return { post, created: first.created };
}
