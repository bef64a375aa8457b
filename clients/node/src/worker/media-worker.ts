/** Uploads of a queue, into the store. */

import { throwIfAborted } from "../connection/aborts.js";
import { bounded, LONGEST_MS } from "../connection/bounds.js";
import { AbortedError } from "../connection/errors.js";
import { CALL_OPTIONS, type CallOptions } from "../connection/feedlens-client.js";
import { onlyKnown } from "../connection/known-names.js";
import { joined } from "../connection/signals.js";
import { Delivery, type WorkerSettings } from "./delivery.js";
import { WorkerClosedError } from "./errors.js";
import { type MediaJob, type Task, taskOf } from "./jobs.js";
import { Places } from "./places.js";
import type { MediaResult } from "./results.js";
import { type Settled, settled } from "./settled.js";
import { type MediaWorkerOptions, settingsOf } from "./worker-options.js";

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_CLOSE_MS = 20_000;
const CLOSED = "the worker is closed: it takes no more jobs";

/**
 * Brings uploads into the store, whatever queue they come from: `process(job)` resolves once the
 * post is stored, and rejects where it is not, so that the queue keeps the job. Idempotent by
 * `media_id`.
 */
export class MediaWorker {
  readonly #settings: WorkerSettings;
  readonly #concurrency: number;
  readonly #places: Places;
  readonly #underWay = new Set<Promise<unknown>>();
  /** Aborted when no more jobs are taken. */
  readonly #closing = new AbortController();
  /** Aborted when those that were taken are ended. */
  readonly #ending = new AbortController();

  /** Throws InvalidInputError where an option is none, or out of its bounds; calls nothing. */
  constructor(options: MediaWorkerOptions = {}) {
    const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#concurrency = bounded("concurrency", concurrency, {
      least: 1,
      most: Infinity,
      whole: true,
    });
    this.#places = new Places(this.#concurrency);
    this.#settings = settingsOf(options);
  }

  /** Jobs that wait for a place. */
  get waiting(): number {
    return this.#places.waiting;
  }

  /** Jobs under way. */
  get running(): number {
    return this.#places.taken;
  }

  /**
   * Stores a job's post; resolves with where it is. May be handed over without its worker.
   *
   * Rejects with InvalidInputError, InvalidRequestError, TooLargeError or ConflictError where the
   * job itself is at fault (`isPermanent`), with WorkerClosedError at shutdown, and with what the
   * service failed with, or FallbackFailedError, where it may succeed later.
   *
   * @param options `signal` ends the job, and takes it out of the line while it waits.
   */
  readonly process = async (job: MediaJob, options: CallOptions = {}): Promise<MediaResult> => {
    onlyKnown("CallOptions", options, CALL_OPTIONS);
    throwIfAborted(options.signal, "process");
    if (this.#closing.signal.aborted) throw new WorkerClosedError(CLOSED);
    const task = taskOf(job);
    const work = this.#inPlace(task, options);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  };

  /**
   * Processes all of `jobs`, and tells what came of each as it ends; a job that fails is told, and
   * fails no other. No more are taken from `jobs` than can be worked on.
   *
   * Throws what `jobs` throws, AbortedError after `options.signal`, and WorkerClosedError after
   * `close()`: after what is under way is told. Leaving the loop aborts what is under way.
   *
   * `jobs` must not forget a job before it is told: one that comes after the end of the loop, or
   * after a close once all others are told, is not. One that comes before that is told as rejected.
   */
  async *run(
    jobs: AsyncIterable<MediaJob> | Iterable<MediaJob>,
    options: CallOptions = {},
  ): AsyncGenerator<Settled<MediaJob, MediaResult>, void, undefined> {
    onlyKnown("CallOptions", options, CALL_OPTIONS);
    throwIfAborted(options.signal, "run");
    const stop = joined(options.signal, this.#closing.signal);
    const work = async (job: MediaJob, leaving: AbortSignal) => {
      const { signal, leave } = joined(leaving, options.signal);
      try {
        return await this.process(job, { ...options, signal });
      } finally {
        leave();
      }
    };
    try {
      yield* settled(jobs, work, { atOnce: this.#concurrency, stop: stop.signal });
    } finally {
      stop.leave();
    }
  }

  /** Resolves when no job waits and none is under way; new ones are still taken. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /**
   * Takes no more jobs, and resolves when those that it has are done. After `timeoutMs` (20 s if
   * left out) the rest reject with WorkerClosedError, for the queue to give to another worker; what
   * was stored by then is found stored when they come again.
   */
  async close({ timeoutMs = DEFAULT_CLOSE_MS }: { timeoutMs?: number | undefined } = {}) {
    bounded("timeoutMs", timeoutMs, { least: 0, most: Infinity });
    this.#closing.abort(new WorkerClosedError(CLOSED));
    const end = () => {
      this.#ending.abort(new WorkerClosedError("the worker was closed"));
    };
    const timer = setTimeout(end, Math.min(timeoutMs, LONGEST_MS));
    try {
      await this.drain();
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #inPlace(task: Task, { signal: given, timeoutMs, retries }: CallOptions) {
    const { signal, leave } = joined(given, this.#ending.signal);
    try {
      const giveBack = await this.#places.take(task.job.media_id, signal);
      try {
        return await new Delivery(this.#settings, task, { signal, timeoutMs, retries }).run();
      } finally {
        giveBack();
      }
    } catch (error) {
      const byUs = this.#ending.signal.aborted && signal.reason === this.#ending.signal.reason;
      if (!byUs || !(error instanceof AbortedError)) throw error;
      throw new WorkerClosedError(`${task.job.media_id} was ended: the worker is closed`, error);
    } finally {
      leave();
    }
  }
}
