/** Events of many calls, gathered into few requests. */

import { AbortedError, FeedlensError, InvalidInputError } from "./connection/errors.js";
import type { CallOptions, FeedlensClient } from "./connection/feedlens-client.js";
import { EventBacklogError, EventsClosedError } from "./event-errors.js";
import { EventGroup } from "./event-group.js";
import { partsAfter } from "./event-parts.js";
import { type EventRequest, type EventsAnswer, postEvents } from "./generated/index.js";
import { eventRequests, type ViewerEvent } from "./viewer-events.js";

const MOST_IN_REQUEST = 1_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How events are gathered; `timeoutMs` and `retries` are of a request, in place of the client's. */
export interface EventBatchOptions extends Pick<CallOptions, "timeoutMs" | "retries"> {
  /** How long an event waits for others; 50 ms if left out. */
  readonly maxWaitMs?: number | undefined;
  /** Most events in a request, up to 1,000; 100 if left out. */
  readonly maxBatch?: number | undefined;
  /** Most events that wait or are under way; 10,000 if left out. */
  readonly maxPending?: number | undefined;
}

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
  readonly #call: Pick<CallOptions, "timeoutMs" | "retries">;
  readonly #maxWaitMs: number;
  readonly #maxBatch: number;
  readonly #maxPending: number;
  #waiting: EventGroup[] = [];
  #underWay: readonly EventGroup[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(client: FeedlensClient, options: EventBatchOptions = {}) {
    const { timeoutMs, retries, maxWaitMs = 50, maxBatch = 100, maxPending = 10_000 } = options;
    this.#client = client;
    this.#call = { timeoutMs, retries };
    this.#maxWaitMs = bounded("maxWaitMs", maxWaitMs, 0, LONGEST_TIMER_MS);
    this.#maxBatch = whole("maxBatch", maxBatch, MOST_IN_REQUEST);
    this.#maxPending = whole("maxPending", maxPending, Number.MAX_SAFE_INTEGER);
  }

  /** Events that wait or are under way. */
  get pending(): number {
    return countOf(this.#waiting) + countOf(this.#underWay);
  }

  /** Resolves when the events are written; see `FeedRankingService.recordEvents`. */
  async record(
    events: readonly ViewerEvent[],
    signal: AbortSignal | undefined,
  ): Promise<RecordedEvents> {
    const requests = eventRequests(events);
    if (signal?.aborted) throw abortedBy(signal);
    const groups = this.#take(requests);
    const abort = () => {
      this.#giveUp(groups, abortedBy(signal));
    };
    signal?.addEventListener("abort", abort);
    try {
      const outcomes = await Promise.allSettled(groups.map((group) => group.outcome));
      return { event_ids: requests.map((one) => one.event_id), batch: summed(outcomes) };
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Sends what waits at once; resolves when all that was given before is written or refused. */
  async flush(): Promise<void> {
    const given = [...this.#underWay, ...this.#waiting];
    for (const group of this.#waiting) group.dueMs = 0;
    this.#arrange();
    await Promise.allSettled(given.map((group) => group.outcome));
  }

  /** Takes no more events, and gives up those that are not written within `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    bounded("timeoutMs", timeoutMs, 0, LONGEST_TIMER_MS);
    this.#closed = true;
    const timer = setTimeout(() => {
      const error = new EventsClosedError(
        `closed: the events were not written within ${timeoutMs.toFixed(0)} ms`,
      );
      this.#giveUp([...this.#underWay, ...this.#waiting], error);
    }, timeoutMs);
    try {
      await this.flush();
    } finally {
      clearTimeout(timer);
    }
  }

  #take(requests: readonly EventRequest[]): readonly EventGroup[] {
    if (this.#closed) throw new EventsClosedError("closed: events are no longer taken");
    const pending = this.pending;
    if (pending + requests.length > this.#maxPending) {
      throw new EventBacklogError(
        `${pending} events are pending, and ${requests.length} more are over maxPending, ` +
          `${this.#maxPending}; none of them was taken`,
      );
    }
    const dueMs = performance.now() + this.#maxWaitMs;
    const groups = chunks(requests, this.#maxBatch).map((chunk) => new EventGroup(chunk, dueMs));
    this.#waiting.push(...groups);
    this.#arrange();
    return groups;
  }

  #giveUp(groups: readonly EventGroup[], error: FeedlensError): void {
    for (const group of groups) group.leave(error);
    this.#waiting = this.#waiting.filter((group) => !group.settled);
    this.#arrange();
  }

  /** Sends a batch if it is time, or sees to it that it will be. */
  #arrange(): void {
    clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (first === undefined || this.#underWay.length > 0) return;
    const full = countOf(this.#waiting) >= this.#maxBatch;
    const waitMs = full ? 0 : first.dueMs - performance.now();
    if (waitMs > 0) {
      this.#timer = setTimeout(() => {
        this.#arrange();
      }, waitMs);
    } else {
      void this.#sendNext();
    }
  }

  async #sendNext(): Promise<void> {
    this.#underWay = this.#nextBatch();
    await this.#deliver(this.#underWay);
    this.#underWay = [];
    this.#arrange();
  }

  /** Takes from the line what goes next: an event's id once, as the service has it. */
  #nextBatch(): readonly EventGroup[] {
    const batch: EventGroup[] = [];
    const ids = new Set<string>();
    const rest: EventGroup[] = [];
    for (const group of this.#waiting) {
      const fits = ids.size + group.events.length <= this.#maxBatch;
      if (fits && !group.events.some(({ event_id }) => ids.has(event_id))) {
        batch.push(group);
        for (const { event_id } of group.events) ids.add(event_id);
      } else {
        rest.push(group);
      }
    }
    this.#waiting = rest;
    return batch;
  }

  /** Settles every group: by one request, or by more where some of them are refused. */
  async #deliver(batch: readonly EventGroup[]): Promise<void> {
    const groups = batch.filter((group) => !group.settled);
    if (groups.length === 0) return;
    let parts: readonly (readonly EventGroup[])[] | undefined;
    try {
      const answer = await this.#post(groups);
      for (const group of groups) group.resolve(answer);
    } catch (error) {
      parts = error instanceof FeedlensError ? partsAfter(error, groups) : undefined;
      if (parts === undefined) for (const group of groups) group.reject(error);
    }
    for (const part of parts ?? []) await this.#deliver(part);
  }

  /** One request, which ends when nobody waits for it any more. */
  async #post(groups: readonly EventGroup[]): Promise<EventsAnswer> {
    const ending = new AbortController();
    const leave = () => {
      if (groups.every((group) => group.settled)) ending.abort();
    };
    for (const group of groups) group.onLeave = leave;
    const body = { events: groups.flatMap((group) => group.events) };
    return this.#client.call(
      (attempt) => postEvents({ ...attempt, body, query: { on_duplicate: "skip" } }),
      { ...this.#call, signal: ending.signal },
    );
  }
}

function abortedBy(signal: AbortSignal | undefined): AbortedError {
  return new AbortedError(
    "aborted by the caller; events that were under way may be written",
    signal?.reason,
  );
}

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

function countOf(groups: readonly EventGroup[]): number {
  return groups.reduce((sum, group) => sum + group.events.length, 0);
}

function bounded(name: string, value: number, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new InvalidInputError(`${name} must be a number from ${least} to ${most}`);
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value)) return bounded(name, value, 1, most);
  throw new InvalidInputError(`${name} must be a whole number from 1 to ${most}`);
}
