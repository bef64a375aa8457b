/** The old system's path of an upload: a ViT vector by POST /embed-image, kept by the caller. */

import { aborted, throwIfAborted } from "../connection/aborts.js";
import type { ClientOptions, FeedlensClient } from "../connection/feedlens-client.js";
import { untilAborted } from "../connection/signals.js";
import type { MediaSource } from "../inputs/media-source.js";
import { VectorEmbeddingService } from "../media/vector-embedding-service.js";
import { LegacyStoreError } from "./errors.js";
import type { AcceptedJob, Task } from "./jobs.js";

/** Where the old system takes uploads, and how its vectors are kept. */
export interface LegacyOptions {
  /** Of the old service; LEGACY_EMBEDDING_SERVER_URL, or the worker's own service, if left out. */
  readonly url?: string | undefined;
  /** Sent to that one alone, as `headers` of the worker are to its own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Keeps the vector where the old system looks for it, as the backend did before. May be called
   * again with the same job: it must then write the same, not a second one.
   *
   * @param embedding 768 numbers of unit norm.
   * @param options `signal` is aborted when the job is.
   */
  readonly store: (
    mediaId: string,
    embedding: number[],
    job: AcceptedJob,
    options: { readonly signal: AbortSignal },
  ) => Promise<void>;
}

/** Where the old service is, if it is not the worker's. */
export function legacyUrl(options: LegacyOptions): string | undefined {
  return options.url ?? (process.env["LEGACY_EMBEDDING_SERVER_URL"]?.trim() || undefined);
}

export class LegacyPath {
  readonly #vectors: VectorEmbeddingService;
  readonly #store: LegacyOptions["store"];

  constructor(client: FeedlensClient | ClientOptions, store: LegacyOptions["store"]) {
    this.#vectors = new VectorEmbeddingService(client);
    this.#store = store;
  }

  /** The picture's vector, by one attempt. A video is an UndecodableMediaError. */
  async embed(file: MediaSource, call: EmbedCall): Promise<number[]> {
    return this.#vectors.generateImageEmbedding(file, { ...call, retries: { maxRetries: 0 } });
  }

  /** Rejects with LegacyStoreError where the caller's `store` does, and at once when aborted. */
  async keep({ job }: Task, embedding: number[], signal: AbortSignal): Promise<void> {
    throwIfAborted(signal, "legacy.store");
    const stored = async () => this.#store(job.media_id, embedding, job, { signal });
    try {
      await untilAborted(stored(), signal);
    } catch (error) {
      if (signal.aborted) throw aborted("legacy.store", signal.reason);
      const why = error instanceof Error ? error.message : String(error);
      throw new LegacyStoreError(`legacy.store failed for ${job.media_id}: ${why}`, error);
    }
  }
}

interface EmbedCall {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
}
