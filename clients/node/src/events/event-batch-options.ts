/** How events are gathered, as callers say it. */

import { bounded, LONGEST_MS } from "../connection/bounds.js";
import { type FeedlensError, InvalidInputError } from "../connection/errors.js";
import { onlyKnown } from "../inputs/arguments.js";
import { type DeliveryOptions, deliveryOf } from "./event-delivery.js";
import type { ViewerEvent } from "./viewer-events.js";

const MOST_IN_REQUEST = 1_000;

/** How events are gathered; `timeoutMs` and `retries` are of a request, in place of the client's. */
export interface EventBatchOptions extends DeliveryOptions {
  /** How long an event waits for others; 50 ms if left out. */
  readonly maxWaitMs?: number | undefined;
  /** Most events in a request, up to 1,000; 100 if left out. */
  readonly maxBatch?: number | undefined;
  /** Most events that wait or are under way; 10,000 if left out. */
  readonly maxPending?: number | undefined;
  /** Hears of the calls that fail, in place of whoever does not wait for them. */
  readonly onLost?: OnLost | undefined;
}

/**
 * Is told why a call of `recordEvents()` failed, and its events, with the ids that they were sent
 * by: given to `recordEvents()` again, those that are written after all are left out.
 */
export type OnLost = (error: FeedlensError, events: readonly ViewerEvent[]) => unknown;

/** The options with what is left out filled in. */
export interface EventBatchSettings {
  readonly delivery: DeliveryOptions;
  readonly maxWaitMs: number;
  readonly maxBatch: number;
  readonly maxPending: number;
  readonly onLost: OnLost | undefined;
}

const OPTIONS = {
  maxWaitMs: true,
  maxBatch: true,
  maxPending: true,
  onLost: true,
  timeoutMs: true,
  retries: true,
} as const satisfies Record<keyof EventBatchOptions, true>;

/** The settings; InvalidInputError names an option that can't be used. */
export function batchSettingsOf(options: EventBatchOptions): EventBatchSettings {
  onlyKnown("EventBatchOptions", options, OPTIONS);
  const { maxWaitMs = 50, maxBatch = 100, maxPending = 10_000, onLost } = options;
  if (onLost !== undefined && typeof onLost !== "function") {
    throw new InvalidInputError("the option onLost is no function");
  }
  const most = Number.MAX_SAFE_INTEGER;
  return {
    delivery: deliveryOf(options),
    maxWaitMs: bounded("maxWaitMs", maxWaitMs, { least: 0, most: LONGEST_MS }),
    maxBatch: bounded("maxBatch", maxBatch, { least: 1, most: MOST_IN_REQUEST, whole: true }),
    maxPending: bounded("maxPending", maxPending, { least: 1, most, whole: true }),
    onLost,
  };
}
