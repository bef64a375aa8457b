/** One job's way into the store: its download, the new path, and the legacy one where that fails. */

import { type Log, told } from "../connection/debug.js";
import { FeedlensError, ProblemError } from "../connection/errors.js";
import { INTERACTIVE, policyWith, type RetryPolicy, withRetries } from "../connection/retries.js";
import { type DownloadPolicy } from "../downloads/download-policy.js";
import { download } from "../downloads/download.js";
import type { MediaSource } from "../inputs/media-source.js";
import type { MediaService, Published } from "../media/media-service.js";
import { FallbackFailedError, isPermanent, NoLegacyVectorError } from "./errors.js";
import type { Task } from "./jobs.js";
import type { LegacyPath } from "./legacy.js";
import { publishWhole } from "./repairs.js";
import type { Fallback, Hooks, MediaResult } from "./results.js";

/** What holds for all jobs of a worker. */
export interface WorkerSettings {
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
interface JobCall {
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  readonly retries: Partial<RetryPolicy> | undefined;
}

/** Brings one task into the store; made for each. */
export class Delivery {
  readonly #settings: WorkerSettings;
  readonly #task: Task;
  readonly #call: JobCall;
  readonly #policy: RetryPolicy;
  readonly #startMs = performance.now();
  #attempts = 0;

  constructor(settings: WorkerSettings, task: Task, call: JobCall) {
    this.#settings = settings;
    this.#task = task;
    this.#call = call;
    this.#policy = policyWith(settings.policy, call.retries);
  }

  /** Rejects where neither path has it; a file that was downloaded is gone then, too. */
  async run(): Promise<MediaResult> {
    const { file, url } = this.#task;
    if (url === null) return this.#deliver(file);
    const { downloads, downloadFolder: folder } = this.#settings;
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
    const { media } = this.#settings;
    if (media === undefined) return this.#byLegacyAlone(file);
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
      policy: this.#remaining(),
      maxRepairs: this.#settings.maxRepairs,
      signal,
      onRetry: this.#onRetry,
      onRepairFailed: (error) => {
        this.#log(`is stored, and its repair failed: ${told(error)}`);
      },
    });
  }

  async #fallBack(file: MediaSource | null, error: unknown): Promise<MediaResult> {
    const { legacy, hooks } = this.#settings;
    const canFallBack = legacy !== undefined && file !== null && !isPermanent(error);
    if (!canFallBack || !(error instanceof FeedlensError) || this.#isEnded()) throw error;
    const fallback = { status: error.status ?? null, type: error.type, detail: error.message };
    this.#log(`goes to the legacy endpoint, after: ${told(error)}`);
    try {
      const result = await this.#byLegacy(legacy, file, INTERACTIVE, fallback);
      this.#tell(() => hooks.onFallback?.(fallback, this.#task.job));
      return result;
    } catch (second) {
      if (this.#isEnded()) throw second;
      throw new FallbackFailedError(error, second);
    }
  }

  /** With the flag off; what the old service refuses may be well for the new one. */
  async #byLegacyAlone(file: MediaSource | null): Promise<MediaResult> {
    const { legacy } = this.#settings;
    const { media_id } = this.#task.job;
    const end = "with USE_MULTIMODAL_EMBEDDINGS off it can't be stored";
    if (legacy === undefined || file === null) {
      throw new NoLegacyVectorError(`${media_id} has no picture, and so no legacy vector: ${end}`);
    }
    try {
      return await this.#byLegacy(legacy, file, this.#remaining(), null);
    } catch (error) {
      if (!(error instanceof ProblemError) || !isPermanent(error)) throw error;
      throw new NoLegacyVectorError(`${media_id}: ${end}: ${error.message}`, error);
    }
  }

  async #byLegacy(
    legacy: LegacyPath,
    file: MediaSource,
    policy: RetryPolicy,
    fallback: Fallback | null,
  ): Promise<MediaResult> {
    const { signal, timeoutMs } = this.#call;
    const embedding = await this.#persistently(policy, () => {
      this.#attempts += 1;
      return legacy.embed(file, { signal, timeoutMs });
    });
    await legacy.keep(this.#task, embedding, signal);
    const { media_id } = this.#task.job;
    const attempts = this.#attempts;
    const nothing = { created: false, degraded: [], post: null };
    return { media_id, path: "legacy", ...nothing, fallback, attempts };
  }

  #stored({ post, created }: Published): MediaResult {
    const { media_id, degraded } = post;
    const attempts = this.#attempts;
    return { media_id, path: "multimodal", created, degraded, post, fallback: null, attempts };
  }

  async #persistently<T>(policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
    return withRetries(attempt, policy, { signal: this.#call.signal, onRetry: this.#onRetry });
  }

  /** The policy from now on: a download has taken of the job's time. */
  #remaining(): RetryPolicy {
    const elapsedMs = performance.now() - this.#startMs;
    return { ...this.#policy, maxElapsedMs: Math.max(0, this.#policy.maxElapsedMs - elapsedMs) };
  }

  readonly #onRetry = (error: FeedlensError, waitMs: number): void => {
    this.#log(`again in ${waitMs.toFixed(0)} ms, after: ${told(error)}`);
    this.#tell(() => this.#settings.hooks.onRetry?.(error, waitMs, this.#task.job));
  };

  #isEnded(): boolean {
    return this.#call.signal.aborted;
  }

  #tell(hook: () => unknown): void {
    const called = new Promise((resolve) => {
      resolve(hook());
    });
    called.catch((error: unknown) => {
      this.#log(
        `a hook failed: ${error instanceof FeedlensError ? told(error) : JSON.stringify(String(error))}`,
      );
    });
  }

  #log(line: string): void {
    this.#settings.log?.(`${JSON.stringify(this.#task.job.media_id)} ${line}`);
  }
}
