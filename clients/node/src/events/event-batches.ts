/** Events of many calls, gathered into few requests. */

import { aborted, onAbort, throwIfAborted } from "../connection/aborts.js";
import { bounded, LONGEST_MS } from "../connection/bounds.js";
import type { FeedlensError } from "../connection/errors.js";
import type { CallOptions, FeedlensClient } from "../connection/feedlens-client.js";
import { onlyKnown } from "../connection/known-names.js";
import type { EventRequest, EventsAnswer } from "../generated/index.js";
import {
  batchSettingsOf,
  type EventBatchOptions,
  type EventBatchSettings,
} from "./event-batch-options.js";
import { deliver } from "./event-delivery.js";
import { EventBacklogError, EventsClosedError } from "./event-errors.js";
import { EventGroup } from "./event-group.js";
import { EventLine } from "./event-line.js";
import { eventRequests, type ViewerEvent } from "./viewer-events.js";

const RECORDING = "recordEvents (what was under way may be written)";

/** What `recordEvents` may be given: a batch has the timeout and retries of all its calls. */
export type RecordOptions = Pick<CallOptions, "signal">;

const RECORD_OPTIONS = { signal: true } as const satisfies Record<keyof RecordOptions, true>;

/** Events that are written. */
export interface RecordedEvents {
  /** Of this call's events, in their order. */
  readonly event_ids: readonly string[];
  /** Counts of the requests that this call's events went in, with those of other calls. */
  readonly batch: EventsAnswer;
}

/**
 * Sends one request at a time, in which events of several calls go together.
 *
 * A timer runs only while events wait, for `maxWaitMs` at most, and keeps the process alive as long:
 * what was given is sent, unless the process is ended; `close()` before that.
 */
export class EventBatches {
  readonly #client: FeedlensClient;
  readonly #settings: EventBatchSettings;
  readonly #line = new EventLine();
  #underWay: readonly EventGroup[] = [];
  /** Until the request under way is over. */
  #sending: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws InvalidInputError that names an option which can't be used. */
  constructor(client: FeedlensClient, options: EventBatchOptions = {}) {
    this.#client = client;
    this.#settings = batchSettingsOf(options);
  }

  /** Events that wait or are under way. */
  get pending(): number {
    const underWay = this.#underWay.filter((group) => !group.settled);
    return this.#line.events + underWay.reduce((sum, { events }) => sum + events.length, 0);
  }

  /** Resolves when the events are written; see `FeedRankingService.recordEvents`. */
  record(events: readonly ViewerEvent[], options: RecordOptions): Promise<RecordedEvents> {
    let given = events;
    const recorded = this.#record(() => (given = eventRequests(events)), options);
    if (this.#settings.onLost !== undefined) {
      // The very promise that is returned: nobody has to wait for it.
      recorded.catch((error: unknown) => {
        this.#tellLost(error as FeedlensError, given);
      });
    }
    return recorded;
  }

  /** Sends what waits at once; resolves when all that was given before is written or refused. */
  async flush(): Promise<void> {
    const given = [...this.#underWay, ...this.#line.groups];
    for (const group of given) group.dueMs = 0;
    this.#arrange();
    await Promise.allSettled(given.map((group) => group.outcome));
  }

  /** Takes no more events, and gives up those that are not written within `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    bounded("timeoutMs", timeoutMs, { least: 0, most: LONGEST_MS });
    this.#closed = true;
    const timer = setTimeout(() => {
      const late = `closed: the events were not written within ${timeoutMs.toFixed(0)} ms`;
      this.#giveUp([...this.#underWay, ...this.#line.groups], new EventsClosedError(late));
    }, timeoutMs);
    await this.flush();
    await this.#sending;
    clearTimeout(timer);
  }

  async #record(made: () => EventRequest[], options: RecordOptions): Promise<RecordedEvents> {
    onlyKnown("RecordOptions", options, RECORD_OPTIONS);
    const { signal } = options;
    throwIfAborted(signal, RECORDING);
    const requests = made();
    const groups = this.#take(requests);
    const forget = onAbort(signal, () => {
      this.#giveUp(groups, aborted(RECORDING, signal?.reason));
    });
    const outcomes = await Promise.allSettled(groups.map((group) => group.outcome));
    forget();
    return { event_ids: requests.map((one) => one.event_id), batch: summed(outcomes) };
  }

  #tellLost(error: FeedlensError, events: readonly ViewerEvent[]): void {
    const told = new Promise((resolve) => {
      resolve(this.#settings.onLost?.(error, events));
    });
    told.catch((failure: unknown) => {
      const kind = failure instanceof Error ? failure.name : typeof failure;
      this.#client.log?.(`onLost failed: ${kind}`);
    });
  }

  #take(requests: readonly EventRequest[]): readonly EventGroup[] {
    if (this.#closed) throw new EventsClosedError("closed: events are no longer taken");
    const { pending } = this;
    if (pending + requests.length > this.#settings.maxPending) {
      throw new EventBacklogError(
        `${pending} events are pending, and ${requests.length} more are over maxPending, ` +
          `${this.#settings.maxPending}; none of them was taken`,
      );
    }
    const dueMs = performance.now() + this.#settings.maxWaitMs;
    const groups = chunks(requests, this.#settings.maxBatch).map(
      (chunk) => new EventGroup(chunk, dueMs),
    );
    for (const group of groups) this.#line.add(group);
    this.#arrange();
    return groups;
  }

  #giveUp(groups: readonly EventGroup[], error: FeedlensError): void {
    for (const group of groups) {
      this.#line.remove(group);
      group.leave(error);
    }
    this.#arrange();
  }

  /** Sends a batch if it is time, or sees to it that it will be. */
  #arrange(): void {
    clearTimeout(this.#timer);
    const { dueMs } = this.#line;
    if (dueMs === undefined || this.#underWay.length > 0) return;
    const full = this.#line.events >= this.#settings.maxBatch;
    const waitMs = full ? 0 : dueMs - performance.now();
    if (waitMs <= 0) this.#sending = this.#sendNext();
    else {
      this.#timer = setTimeout(() => {
        this.#arrange();
      }, waitMs);
    }
  }

  async #sendNext(): Promise<void> {
    this.#underWay = this.#line.take(this.#settings.maxBatch);
    await deliver(this.#client, this.#underWay, this.#settings.delivery);
    this.#underWay = [];
    this.#arrange();
  }
}

/** Counts of all requests; throws what the first of them that failed did. */
function summed(outcomes: readonly PromiseSettledResult<EventsAnswer>[]): EventsAnswer {
  let accepted = 0;
  let skipped = 0;
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
    accepted += outcome.value.accepted;
    skipped += outcome.value.skipped;
  }
  return { accepted, skipped };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, number) =>
    list.slice(number * size, (number + 1) * size),
  );
}
