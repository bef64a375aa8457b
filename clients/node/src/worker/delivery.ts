/** One job's way into the store: its download, the new path, and the legacy one where that fails. */

import type { Log } from "../connection/debug.js";
import { FeedlensError } from "../connection/errors.js";
import { INTERACTIVE, policyWith, type RetryPolicy, withRetries } from "../connection/retries.js";
import type { MediaSource } from "../media-source.js";
import type { MediaService, Post, Published } from "../media-service.js";
import { type DownloadPolicy } from "./download-policy.js";
import { download } from "./download.js";
import { FallbackFailedError, isPermanent, NoLegacyVectorError } from "./errors.js";
import type { Task } from "./jobs.js";
import type { LegacyPath } from "./legacy.js";
import { publishWhole } from "./multimodal.js";

/** Why a job went by the legacy endpoint: what the new one failed with. */
export interface Fallback {
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  readonly type: string;
  readonly detail: string;
}

/** What came of a job. */
export interface MediaResult {
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
  readonly onFallback?: ((fallback: Fallback, job: Task["job"]) => unknown) | undefined;
  /** The job's next attempt begins in `waitMs`. */
  readonly onRetry?:
    ((error: FeedlensError, waitMs: number, job: Task["job"]) => unknown) | undefined;
}

export interface Ways {
  /** Undefined where the flag is off. */
  readonly media: MediaService | undefined;
  /** Undefined where the caller does not keep legacy vectors. */
  readonly legacy: LegacyPath | undefined;
  readonly downloads: DownloadPolicy | undefined;
  readonly downloadFolder: string | undefined;
  readonly policy: RetryPolicy;
  readonly maxRepairs: number;
  readonly hooks: Hooks;
  readonly log: Log | undefined;
}

/** What holds for one job. */
export interface JobCall {
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  readonly retries: Partial<RetryPolicy> | undefined;
}

/** Brings one task into the store; made for each. */
export class Delivery {
  readonly #ways: Ways;
  readonly #task: Task;
  readonly #call: JobCall;
  readonly #policy: RetryPolicy;
  #attempts = 0;

  constructor(ways: Ways, task: Task, call: JobCall) {
    this.#ways = ways;
    this.#task = task;
    this.#call = call;
    this.#policy = policyWith(ways.policy, call.retries);
  }

  /** Rejects where neither path has it; a file that was downloaded is gone then, too. */
  async run(): Promise<MediaResult> {
    const { file, url } = this.#task;
    if (url === null) return this.#deliver(file);
    const { downloads, downloadFolder: folder } = this.#ways;
    const { signal } = this.#call;
    const found = await this.#persistently(this.#policy, () =>
      download(url, downloads, { signal, folder }),
    );
    try {
      return await this.#deliver(found.path);
    } finally {
      await found.remove();
    }
  }

  async #deliver(file: MediaSource | null): Promise<MediaResult> {
    const { media } = this.#ways;
    if (media === undefined) return this.#byLegacy(file, this.#policy, null);
    try {
      return this.#stored(await this.#publish(media, file));
    } catch (error) {
      return this.#fallBack(file, error);
    }
  }

  async #publish(media: MediaService, file: MediaSource | null): Promise<Published> {
    const { signal, timeoutMs } = this.#call;
    const post = { ...this.#task.post, file };
    const publish = () => {
      this.#attempts += 1;
      return media.publish(post, { signal, timeoutMs, retries: { maxRetries: 0 } });
    };
    return publishWhole(publish, {
      policy: this.#policy,
      maxRepairs: this.#ways.maxRepairs,
      signal,
      onRetry: this.#onRetry,
    });
  }

  async #fallBack(file: MediaSource | null, error: unknown): Promise<MediaResult> {
    const { legacy, hooks } = this.#ways;
    const { job } = this.#task;
    const canFallBack = legacy !== undefined && file !== null && !isPermanent(error);
    if (!canFallBack || !(error instanceof FeedlensError) || this.#isEnded()) throw error;
    const fallback = { status: error.status ?? null, type: error.type, detail: error.message };
    this.#ways.log?.(`${job.media_id} goes to the legacy endpoint, after: ${error.message}`);
    try {
      const result = await this.#byLegacy(file, INTERACTIVE, fallback);
      this.#tell(() => hooks.onFallback?.(fallback, job));
      return result;
    } catch (second) {
      if (this.#isEnded()) throw second;
      throw new FallbackFailedError(error, second);
    }
  }

  async #byLegacy(
    file: MediaSource | null,
    policy: RetryPolicy,
    fallback: Fallback | null,
  ): Promise<MediaResult> {
    const { legacy } = this.#ways;
    const { signal, timeoutMs } = this.#call;
    if (legacy === undefined || file === null) {
      throw new NoLegacyVectorError(
        `${this.#task.job.media_id} has no picture, and so no legacy vector: with ` +
          "USE_MULTIMODAL_EMBEDDINGS off it can't be stored",
      );
    }
    const embedding = await this.#persistently(policy, () => {
      this.#attempts += 1;
      return legacy.embed(file, { signal, timeoutMs });
    });
    await legacy.keep(this.#task, embedding, signal);
    const { media_id } = this.#task.job;
    const attempts = this.#attempts;
    return {
      media_id,
      path: "legacy",
      created: false,
      degraded: [],
      post: null,
      fallback,
      attempts,
    };
  }

  #stored({ post, created }: Published): MediaResult {
    const { media_id, degraded } = post;
    const attempts = this.#attempts;
    return { media_id, path: "multimodal", created, degraded, post, fallback: null, attempts };
  }

  async #persistently<T>(policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
    return withRetries(attempt, policy, { signal: this.#call.signal, onRetry: this.#onRetry });
  }

  readonly #onRetry = (error: FeedlensError, waitMs: number): void => {
    const { hooks, log } = this.#ways;
    const { job } = this.#task;
    log?.(`${job.media_id} again in ${waitMs.toFixed(0)} ms, after: ${error.message}`);
    this.#tell(() => hooks.onRetry?.(error, waitMs, job));
  };

  #isEnded(): boolean {
    return this.#call.signal.aborted;
  }

  #tell(hook: () => unknown): void {
    const told = new Promise((resolve) => {
      resolve(hook());
    });
    told.catch((error: unknown) => this.#ways.log?.(`a hook failed: ${String(error)}`));
  }
}
