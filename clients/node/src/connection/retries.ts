/** Which failures another attempt may mend, and how long to wait before it. */

import { setTimeout as sleep } from "node:timers/promises";

import {
  AbortedError,
  ConnectionError,
  FeedlensError,
  SlowUploadError,
  TimeoutError,
  UnavailableError,
} from "./errors.js";

/** When to try again. All calls of this package may be repeated: ids make them idempotent. */
export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly maxRetries: number;
  /** Upper bound of the first wait; it doubles with each attempt. */
  readonly firstDelayMs: number;
  /** Upper bound of any wait that the service did not ask for. */
  readonly maxDelayMs: number;
  /** No attempt begins later than this after the first one. */
  readonly maxElapsedMs: number;
}

/** For a caller that waits: two more attempts, within seconds. */
export const INTERACTIVE: RetryPolicy = {
  maxRetries: 2,
  firstDelayMs: 200,
  maxDelayMs: 2_000,
  maxElapsedMs: 30_000,
};

/** Whether the same call may succeed later. */
export function isTransient(error: unknown): error is FeedlensError {
  return (
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof UnavailableError ||
    error instanceof SlowUploadError
  );
}

/**
 * Milliseconds to wait before attempt `attempt` (from 1): what the service asked for, and jitter
 * on top, or full jitter up to an exponential bound
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function delayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfter: number | undefined,
  random: () => number = Math.random,
): number {
  const bound = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return (retryAfter ?? 0) * 1000 + random() * bound;
}

/** Resolves after `ms`; rejects with AbortedError as soon as `signal` says so. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw new AbortedError("aborted while waiting for another attempt", signal?.reason ?? error);
  }
}

/**
 * Calls `attempt` until it succeeds, fails for good, or the policy's bounds are reached; then
 * rejects with the last attempt's error. `onRetry` hears of every wait.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  options: {
    signal?: AbortSignal | undefined;
    onRetry?: ((error: FeedlensError, waitMs: number) => void) | undefined;
  } = {},
): Promise<T> {
  const startMs = performance.now();
  for (let retry = 1; ; retry += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || retry > policy.maxRetries) throw error;
      const waitMs = delayMs(policy, retry, error.retryAfter);
      if (performance.now() - startMs + waitMs > policy.maxElapsedMs) throw error;
      options.onRetry?.(error, waitMs);
      await pause(waitMs, options.signal);
    }
  }
}
