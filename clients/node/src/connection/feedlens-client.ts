/** The connection that all services share. */

import { type Client, createClient } from "../generated/client/index.js";
import { type Log, logFromEnvironment } from "./debug.js";
import { serverUrl } from "./environment.js";
import { TimeoutError } from "./errors.js";
import { INTERACTIVE, type RetryPolicy, withRetries } from "./retries.js";
import { transport } from "./transport.js";

const DEFAULT_TIMEOUT_MS = 30_000;
const BYTES_PER_MEGABYTE = 1_000_000;

export interface ClientOptions {
  /** Of the orchestrator; EMBEDDING_SERVER_URL, or http://127.0.0.1:8000, if left out. */
  readonly url?: string | undefined;
  /** For one attempt, from its first byte to the answer's last; 30 s if left out. */
  readonly timeoutMs?: number | undefined;
  /** What an upload has beyond `timeoutMs` for each megabyte of its file; 1 s if left out. */
  readonly timeoutMsPerMegabyte?: number | undefined;
  /** Replaces parts of the policy: two more attempts within 30 s. */
  readonly retries?: Partial<RetryPolicy> | undefined;
  /** Sent with every request, such as an Authorization for a proxy in between. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Takes a line a request; on stderr if DEBUG names feedlens, if left out. */
  readonly log?: Log | undefined;
  /** In place of Node's own, such as one with an agent of yours. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What any call may be given. */
export interface CallOptions {
  /** Ends the call: it rejects with AbortedError. */
  readonly signal?: AbortSignal | undefined;
  /** In place of the client's. */
  readonly timeoutMs?: number | undefined;
  /** Replaces parts of the client's policy; `{ maxRetries: 0 }` tries once. */
  readonly retries?: Partial<RetryPolicy> | undefined;
}

/** What a function of the generated client is given for one attempt. */
export interface Attempt {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly throwOnError: true;
}

/** Calls the orchestrator: with a timeout, retries, and typed errors. */
export class FeedlensClient {
  readonly url: URL;
  /** The generated client, for functions of `@feedlens/client/api`: `getHealth({ client: feedlens.http })`. */
  readonly http: Client;
  readonly log: Log | undefined;
  readonly #timeoutMs: number;
  readonly #timeoutMsPerMegabyte: number;
  readonly #policy: RetryPolicy;

  constructor(options: ClientOptions = {}) {
    this.url = serverUrl(options.url);
    this.log = options.log ?? logFromEnvironment();
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#timeoutMsPerMegabyte = options.timeoutMsPerMegabyte ?? 1_000;
    this.#policy = { ...INTERACTIVE, ...options.retries };
    this.http = createClient({
      baseUrl: this.url.href.replace(/\/+$/, ""),
      fetch: transport(this.url, options.fetch ?? globalThis.fetch, this.log),
      headers: { ...options.headers },
      throwOnError: true,
    });
  }

  /**
   * Makes a call by a function of the generated client, as often as the policy has it.
   *
   * @param send one attempt, such as `(attempt) => postFeed({ ...attempt, body })`.
   * @param uploadBytes size of the file that it sends, which takes its time.
   */
  async call<T>(
    send: (attempt: Attempt) => Promise<{ data: T }>,
    options: CallOptions = {},
    uploadBytes = 0,
  ): Promise<T> {
    const forUploadMs = (uploadBytes / BYTES_PER_MEGABYTE) * this.#timeoutMsPerMegabyte;
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs + forUploadMs;
    const attempt = async () => (await this.#attempt(send, options.signal, timeoutMs)).data;
    return withRetries(
      attempt,
      { ...this.#policy, ...options.retries },
      {
        signal: options.signal,
        onRetry: (error, waitMs) => {
          this.log?.(`again in ${waitMs.toFixed(0)} ms, after: ${error.message}`);
        },
      },
    );
  }

  async #attempt<T>(
    send: (attempt: Attempt) => Promise<T>,
    signal: AbortSignal | undefined,
    timeoutMs: number,
  ): Promise<T> {
    const ending = new AbortController();
    const abort = () => {
      ending.abort(signal?.reason);
    };
    const timer = setTimeout(() => {
      ending.abort(
        new TimeoutError(`no answer of ${this.url.origin} within ${timeoutMs.toFixed(0)} ms`),
      );
    }, timeoutMs);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    try {
      return await send({ client: this.http, signal: ending.signal, throwOnError: true });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      // Closes the file of an upload that was answered before all of it was read.
      ending.abort();
    }
  }
}
