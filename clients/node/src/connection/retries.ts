/** Which failures another attempt may mend, and how long to wait before it. */

import { aborted, onAbort, throwIfAborted } from "./aborts.js";
import { bounded, type Bounds, LONGEST_MS } from "./bounds.js";
import {
  ConnectionError,
  type FeedlensError,
  InvalidInputError,
  MediumUnreadableError,
  SlowUploadError,
  TimeoutError,
  UnavailableError,
} from "./errors.js";

/** When to try again. All calls of this package may be repeated: ids make them idempotent. */
export interface RetryPolicy {
  /** Further attempts after the first; with any, one more at once if the connection broke. */
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

const POLICY_BOUNDS: Readonly<Record<keyof RetryPolicy, Bounds>> = {
  maxRetries: { least: 0, most: Infinity, whole: true },
  firstDelayMs: { least: 0, most: LONGEST_MS },
  maxDelayMs: { least: 0, most: LONGEST_MS },
  maxElapsedMs: { least: 0, most: Infinity },
};

/** What Node calls a connection that was there and is not any more. */
const BROKEN = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** The policy with parts replaced; InvalidInputError that names a part which can't be used. */
export function policyWith(
  policy: RetryPolicy,
  changes: Partial<RetryPolicy> | undefined,
): RetryPolicy {
  const given: unknown = changes ?? {};
  if (typeof given !== "object" || given === null) {
    throw new InvalidInputError("the option retries is an object such as { maxRetries: 0 }");
  }
  const changed = { ...policy };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(POLICY_BOUNDS, name)) {
      throw new InvalidInputError(`the option retries has no ${name}`);
    }
    const part = name as keyof RetryPolicy;
    if (value === undefined) continue;
    changed[part] = bounded(`retries.${part}`, value, POLICY_BOUNDS[part]);
  }
  return changed;
}

/** Whether the same call may succeed later. */
export function isTransient(error: unknown): error is FeedlensError {
  return (
    error instanceof ConnectionError ||
    error instanceof MediumUnreadableError ||
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
  const doublings = Math.min(attempt - 1, 31);
  const bound = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** doublings);
  return (retryAfter ?? 0) * 1000 + random() * bound;
}

/** Resolves after `ms`; rejects with AbortedError as soon as `signal` says so. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const doing = "waiting for another attempt";
  throwIfAborted(signal, doing);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => {
        forget();
        resolve();
      },
      Math.min(ms, LONGEST_MS),
    );
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(aborted(doing, signal?.reason));
    });
  });
}

/**
 * Calls `attempt` until it succeeds, fails for good, or the policy's bounds are reached; then
 * rejects with the last attempt's error. A service that asks for a longer wait than the policy
 * has is not waited for. `onRetry` hears of every wait.
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
  let brokeBefore = false;
  for (let retry = 1; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || retry > policy.maxRetries) throw error;
      // A server may close a connection for being idle just as it is used again.
      const atOnce: boolean = !brokeBefore && hasBroken(error);
      brokeBefore ||= atOnce;
      const waitMs = atOnce ? 0 : delayMs(policy, retry, error.retryAfter);
      if (performance.now() - startMs + waitMs > policy.maxElapsedMs) throw error;
      options.onRetry?.(error, waitMs);
      await pause(waitMs, options.signal);
      if (!atOnce) retry += 1;
    }
  }
}

function hasBroken(error: FeedlensError): boolean {
  return error instanceof ConnectionError && BROKEN.has(error.code ?? "");
}
