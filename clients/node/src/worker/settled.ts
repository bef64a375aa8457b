/** Many jobs from one source, some at a time, each with what came of it. */

import { setImmediate as turn } from "node:timers/promises";

import { aborted, onAbort } from "../connection/aborts.js";
import { FeedlensError } from "../connection/errors.js";
import { Inbox } from "./inbox.js";

/** A job, and its result or its error. */
export type Settled<Job, Result> = { readonly job: Job } & PromiseSettledResult<Result>;

export interface CourseOptions {
  /** How many jobs are under way at a time; no more are taken from the source. */
  readonly atOnce: number;
  /** Ends the taking of further jobs: what is under way is told, then its reason thrown. */
  readonly stop: AbortSignal;
}

/**
 * What came of each job, in the order in which they end; a failure of one is no failure of others.
 *
 * Where the source fails, so does this, after what is under way is told. A job that the source
 * hands out after `stop` is told as rejected with its reason, unless it comes after all others are
 * told. Whoever stops reading aborts what is under way.
 */
export async function* settled<Job, Result>(
  jobs: AsyncIterable<Job> | Iterable<Job>,
  work: (job: Job, signal: AbortSignal) => Promise<Result>,
  { atOnce, stop }: CourseOptions,
): AsyncGenerator<Settled<Job, Result>, void, undefined> {
  const course = new Course(jobs, work, stop);
  try {
    for (;;) {
      if (course.underWay < atOnce) course.ask();
      if (await course.isOver()) break;
      const outcome = course.heard(await course.news.next());
      if (outcome !== undefined) yield outcome;
    }
    course.throwIfFailed();
  } finally {
    await course.leave();
  }
}

type News<Job, Result> =
  | { readonly what: "taken"; readonly job: Job }
  | { readonly what: "outcome"; readonly outcome: Settled<Job, Result> }
  | { readonly what: "end" };

/**
 * Jobs on their way from the source to what came of them. News go through an inbox and not through
 * Promise.race, which leaves each of its results on those promises that stay.
 */
class Course<Job, Result> {
  readonly news = new Inbox<News<Job, Result>>();
  readonly #iterator: AsyncIterator<Job> | Iterator<Job>;
  readonly #work: (job: Job, signal: AbortSignal) => Promise<Result>;
  readonly #working = new Set<Promise<void>>();
  readonly #left = new AbortController();
  readonly #forget: () => void;
  #untold = 0;
  #asked = false;
  /** Set when no more jobs are begun; `error` if they were not all. */
  #end: { readonly error?: unknown } | undefined;

  constructor(
    jobs: AsyncIterable<Job> | Iterable<Job>,
    work: (job: Job, signal: AbortSignal) => Promise<Result>,
    stop: AbortSignal,
  ) {
    this.#iterator =
      Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]();
    this.#work = work;
    const halt = () => {
      const reason: unknown = stop.reason;
      const error = reason instanceof FeedlensError ? reason : aborted("run", reason);
      this.#finish({ error });
    };
    if (stop.aborted) halt();
    this.#forget = onAbort(stop, halt);
  }

  /** Jobs that were begun and are not told. */
  get underWay(): number {
    return this.#untold;
  }

  /** Asks the source for its next job, if it may have one and is not asked already. */
  ask(): void {
    if (this.#end !== undefined || this.#asked) return;
    this.#asked = true;
    void this.#take();
  }

  /** Whether nothing more will be told; a source that was asked, and hangs, is not waited for. */
  async isOver(): Promise<boolean> {
    if (this.#end === undefined || this.underWay > 0) return false;
    if (this.#asked) await turn(); // for a job that it has at hand
    return this.news.isEmpty;
  }

  /** What there is to tell of it. */
  heard(news: News<Job, Result>): Settled<Job, Result> | undefined {
    if (news.what === "taken") {
      this.#asked = false;
      if (this.#end !== undefined) return rejected(news.job, this.#end.error);
      this.#begin(news.job);
    }
    if (news.what !== "outcome") return undefined;
    this.#untold -= 1;
    return news.outcome;
  }

  throwIfFailed(): void {
    if (this.#end !== undefined && "error" in this.#end) throw this.#end.error;
  }

  /** Aborts what is under way, and lets the source close what it opened, without waiting for it. */
  async leave(): Promise<void> {
    this.#forget();
    this.#left.abort();
    await Promise.all(this.#working);
    void Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }

  async #take(): Promise<void> {
    try {
      const taken = await this.#iterator.next();
      if (taken.done) this.#finish({});
      else this.news.put({ what: "taken", job: taken.value });
    } catch (error) {
      this.#finish({ error });
    }
  }

  #begin(job: Job): void {
    this.#untold += 1;
    const working: Promise<void> = this.#done(job).finally(() => {
      this.#working.delete(working);
    });
    this.#working.add(working);
  }

  async #done(job: Job): Promise<void> {
    const [outcome] = await Promise.allSettled([this.#work(job, this.#left.signal)]);
    this.news.put({ what: "outcome", outcome: { job, ...outcome } });
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.news.put({ what: "end" });
  }
}

function rejected<Job>(job: Job, reason: unknown): Settled<Job, never> {
  return { job, status: "rejected", reason };
}
