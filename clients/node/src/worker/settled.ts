/** Many jobs from one source, some at a time, each with what came of it. */

import { aborted, onAbort } from "../connection/aborts.js";
import { FeedlensError } from "../connection/errors.js";

/** A job, and its result or its error. */
export type Settled<Job, Result> = { readonly job: Job } & PromiseSettledResult<Result>;

export interface Course {
  /** How many jobs are under way at a time; no more are taken from the source. */
  readonly atOnce: number;
  /** Ends the taking of further jobs: what is under way is told, then its reason thrown. */
  readonly stop: AbortSignal;
}

/**
 * What came of each job, in the order in which they end; a failure of one is no failure of others.
 *
 * Where the source fails, so does this, after what is under way is told. Whoever stops reading
 * aborts what is under way.
 */
export async function* settled<Job, Result>(
  jobs: AsyncIterable<Job> | Iterable<Job>,
  work: (job: Job, signal: AbortSignal) => Promise<Result>,
  { atOnce, stop }: Course,
): AsyncGenerator<Settled<Job, Result>, void, undefined> {
  const source = new Source(jobs, stop);
  const underWay = new Map<symbol, Promise<Ended<Job, Result>>>();
  const left = new AbortController();
  try {
    for (;;) {
      const taking = underWay.size < atOnce ? source.next() : undefined;
      const events = [...underWay.values(), ...(taking ? [taking] : [])];
      if (events.length === 0) break;
      const event = await Promise.race(events);
      if ("outcome" in event) {
        underWay.delete(event.key);
        yield event.outcome;
      } else if ("job" in event) {
        source.advance();
        const key = Symbol();
        underWay.set(key, ended(key, event.job, work(event.job, left.signal)));
      }
    }
    source.throwIfFailed();
  } finally {
    left.abort();
    await Promise.all(underWay.values());
    source.close();
  }
}

interface Ended<Job, Result> {
  readonly key: symbol;
  readonly outcome: Settled<Job, Result>;
}

async function ended<Job, Result>(
  key: symbol,
  job: Job,
  result: Promise<Result>,
): Promise<Ended<Job, Result>> {
  const [outcome] = await Promise.allSettled([result]);
  return { key, outcome: { job, ...outcome } };
}

type Taken<Job> = { readonly job: Job } | { readonly exhausted: true };

/** Hands out one job after the other, until there are none, it fails, or `stop` says so. */
class Source<Job> {
  readonly #iterator: AsyncIterator<Job> | Iterator<Job>;
  readonly #stopped: Promise<Taken<Job>>;
  #forget: () => void = () => undefined;
  #taking: Promise<Taken<Job>> | undefined;
  #exhausted = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(jobs: AsyncIterable<Job> | Iterable<Job>, stop: AbortSignal) {
    this.#iterator =
      Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]();
    this.#stopped = new Promise((resolve) => {
      const tell = () => {
        const reason: unknown = stop.reason;
        const error = reason instanceof FeedlensError ? reason : aborted("run", reason);
        resolve(this.#end({ error }));
      };
      if (stop.aborted) tell();
      this.#forget = onAbort(stop, tell);
    });
  }

  /** The next job, the same promise until `advance` is called; undefined if there are no more. */
  next(): Promise<Taken<Job>> | undefined {
    if (this.#exhausted) return undefined;
    this.#taking ??= Promise.race([this.#take(), this.#stopped]);
    return this.#taking;
  }

  advance(): void {
    this.#taking = undefined;
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Lets the source close what it opened; one that hangs is not waited for. */
  close(): void {
    this.#forget();
    void Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }

  async #take(): Promise<Taken<Job>> {
    try {
      const taken = await this.#iterator.next();
      return taken.done ? this.#end() : { job: taken.value };
    } catch (error) {
      return this.#end({ error });
    }
  }

  #end(failure?: { readonly error: unknown }): Taken<Job> {
    this.#exhausted = true;
    this.#failure ??= failure;
    return { exhausted: true };
  }
}
