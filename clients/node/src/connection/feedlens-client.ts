/** The connection that all services share. */

import { type Client, createClient } from "../generated/client/index.js";
import { aborted, onAbort, throwIfAborted } from "./aborts.js";
import { addressOf } from "./address.js";
import { bounded, LONGEST_MS } from "./bounds.js";
import { type Log, logFromEnvironment, told, unfailing } from "./debug.js";
import { FeedlensError, InvalidInputError, TimeoutError } from "./errors.js";
import { headersOf } from "./headers.js";
import { onlyKnown } from "./known-names.js";
import { nodeExchange } from "./node-exchange.js";
import { INTERACTIVE, policyWith, type RetryPolicy, withRetries } from "./retries.js";
import { type Exchange, exchangeBy, translated, transport } from "./transport.js";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_TIMEOUT_MS_PER_MEGABYTE = 1_000;
const BYTES_PER_MEGABYTE = 1_000_000;
/** Why an attempt's signal is aborted once it is over; given, as making a DOMException takes time. */
const OVER = "the attempt is over";

/** What a client is made with; all of it may be left out. */
export interface ClientOptions {
  /**
   * Of the orchestrator; EMBEDDING_SERVER_URL, or http://127.0.0.1:8000, if left out. Its path is
   * put before every request's; its credentials are sent as an Authorization.
   */
  readonly url?: string | URL | undefined;
  /** For one attempt, from its first byte to the answer's last; 30 s if left out. */
  readonly timeoutMs?: number | undefined;
  /** What an upload has beyond `timeoutMs` for each megabyte of its file; 1 s if left out. */
  readonly timeoutMsPerMegabyte?: number | undefined;
  /** Replaces parts of the policy: two more attempts, begun within 30 s. */
  readonly retries?: Partial<RetryPolicy> | undefined;
  /** Sent with every request, such as an Authorization for a proxy in between. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Takes a line a request, with ids but without what users wrote; on stderr if DEBUG names
   * feedlens, if left out.
   */
  readonly log?: Log | undefined;
  /** In place of node:http, such as Node's own, or undici's with an agent of yours. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

const OPTIONS = {
  url: true,
  timeoutMs: true,
  timeoutMsPerMegabyte: true,
  retries: true,
  headers: true,
  log: true,
  fetch: true,
} as const satisfies Record<keyof ClientOptions, true>;

/** What any call may be given. */
export interface CallOptions {
  /** Ends the call: it rejects with AbortedError, also where the signal is one of a timeout. */
  readonly signal?: AbortSignal | undefined;
  /** For one attempt, in place of all that the client would give it. */
  readonly timeoutMs?: number | undefined;
  /** Replaces parts of the client's policy; `{ maxRetries: 0 }` tries once. */
  readonly retries?: Partial<RetryPolicy> | undefined;
}

/** Their names. */
export const CALL_OPTIONS = {
  signal: true,
  timeoutMs: true,
  retries: true,
} as const satisfies Record<keyof CallOptions, true>;

/** What a call itself is given, of the options of a method that has more of them. */
export function callOptionsOf({ signal, timeoutMs, retries }: CallOptions): CallOptions {
  return { signal, timeoutMs, retries };
}

/** What a function of the generated client is given for one attempt. */
export interface Attempt {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly throwOnError: true;
}

const BRAND = Symbol.for("feedlens.client");

/**
 * Calls the orchestrator: with a timeout, retries, and typed errors.
 *
 * `instanceof` holds between the package's ES modules and its CommonJS ones, so that services of
 * the one take a client of the other.
 */
export class FeedlensClient {
  /** Of the orchestrator, without credentials. */
  readonly url: URL;
  /** The generated client, for functions of `@feedlens/client/api`: `getHealth({ client: feedlens.http })`. */
  readonly http: Client;
  /** Takes a line a request; undefined where nobody listens. */
  readonly log: Log | undefined;
  readonly #timeoutMs: number;
  readonly #timeoutMsPerMegabyte: number;
  readonly #policy: RetryPolicy;

  /** Connects to nothing yet; throws InvalidInputError that names an option which can't be used. */
  constructor(options: ClientOptions = {}) {
    onlyKnown("ClientOptions", options, OPTIONS);
    const address = addressOf(options.url);
    this.url = address.url;
    this.log = unfailing(options.log ?? logFromEnvironment());
    this.#timeoutMs = timeoutOf(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.#timeoutMsPerMegabyte = bounded(
      "timeoutMsPerMegabyte",
      options.timeoutMsPerMegabyte ?? DEFAULT_TIMEOUT_MS_PER_MEGABYTE,
      { least: 0, most: LONGEST_MS },
    );
    this.#policy = policyWith(INTERACTIVE, options.retries);
    this.http = createClient({
      baseUrl: address.url.href.replace(/\/+$/, ""),
      fetch: transport(address.url, exchangeOf(options.fetch), this.log),
      headers: headersOf({ ...address.headers, ...options.headers }),
      responseValidator: onlyObjects,
      throwOnError: true,
    });
    this.http.interceptors.error.use(translated);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The client itself, or a new one with these options. */
  static of(given: FeedlensClient | ClientOptions): FeedlensClient {
    return given instanceof FeedlensClient ? given : new FeedlensClient(given);
  }

  /** Of clients of both kinds of modules. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
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
    onlyKnown("CallOptions", options, CALL_OPTIONS);
    const timeoutMs = this.#timeoutOf(options, uploadBytes);
    const policy = policyWith(this.#policy, options.retries);
    const attempt = async () => (await this.#attempt(send, options.signal, timeoutMs)).data;
    return withRetries(attempt, policy, {
      signal: options.signal,
      onRetry: (error, waitMs) => {
        this.log?.(`again in ${waitMs.toFixed(0)} ms after ${told(error)}`);
      },
    });
  }

  #timeoutOf(options: CallOptions, uploadBytes: number): number {
    if (options.timeoutMs !== undefined) return timeoutOf(options.timeoutMs);
    const forUploadMs = (uploadBytes / BYTES_PER_MEGABYTE) * this.#timeoutMsPerMegabyte;
    return Math.min(this.#timeoutMs + forUploadMs, LONGEST_MS);
  }

  async #attempt<T>(
    send: (attempt: Attempt) => Promise<T>,
    signal: AbortSignal | undefined,
    timeoutMs: number,
  ): Promise<T> {
    throwIfAborted(signal, "the call");
    const ending = new AbortController();
    const forget = onAbort(signal, () => {
      ending.abort(aborted("the call", signal?.reason));
    });
    const timer = setTimeout(() => {
      ending.abort(
        new TimeoutError(`no answer of ${this.url.origin} within ${timeoutMs.toFixed(0)} ms`),
      );
    }, timeoutMs);
    try {
      return await send({ client: this.http, signal: ending.signal, throwOnError: true });
    } catch (error) {
      if (error instanceof FeedlensError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new InvalidInputError(`the call can't be made: ${why}`, error);
    } finally {
      clearTimeout(timer);
      forget();
      // Closes the file of an upload that was answered before all of it was read.
      ending.abort(OVER);
    }
  }
}

function timeoutOf(given: unknown): number {
  return bounded("timeoutMs", given, { least: 1, most: LONGEST_MS });
}

function exchangeOf(given: unknown): Exchange {
  if (given === undefined) return nodeExchange;
  if (typeof given === "function") return exchangeBy(given as typeof globalThis.fetch);
  throw new InvalidInputError("the option fetch is no function");
}

/** Feedlens's answers are objects, every one; what this throws is told with the answer's status. */
function onlyObjects(data: unknown): Promise<void> {
  const isOne = typeof data === "object" && data !== null && !Array.isArray(data);
  return isOne ? Promise.resolve() : Promise.reject(new TypeError("no object"));
}
