/** One HTTP exchange by Node's own fetch, which keeps connections alive; foreign errors end here. */

import { aborted } from "./aborts.js";
import { whole } from "./answers.js";
import { type Log, told } from "./debug.js";
import {
  ConnectionError,
  FeedlensError,
  InvalidInputError,
  TimeoutError,
  UnexpectedAnswerError,
} from "./errors.js";

/** Sends what the generated client made. */
export type Exchange = (request: Request) => Promise<Response>;

const ABSENT = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"],
  "UND_ERR_CONNECT_TIMEOUT",
]);
const TOO_SLOW = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** Makes the `fetch` of the generated client: it rejects with this package's errors alone. */
export function transport(base: URL, exchange: Exchange, log: Log | undefined) {
  return async (...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> => {
    const request = input instanceof Request && !init ? input : new Request(input, init);
    const name = nameOf(request);
    const startMs = performance.now();
    try {
      const answer = await whole(name, request, await exchange(request));
      log?.(`${name} ${answer.status} ${elapsed(startMs)}`);
      return answer;
    } catch (error) {
      const ours = error instanceof FeedlensError ? error : foreign(name, base, error, request);
      log?.(`${name} failed after ${elapsed(startMs)}: ${told(ours)}`);
      throw ours;
    }
  };
}

/**
 * An exchange by a fetch of the caller's: that of the npm package undici takes no Request of
 * Node's, so it is given the parts of one.
 */
export function exchangeBy(fetch: typeof globalThis.fetch): Exchange {
  return async (request) => {
    const { method, headers, signal, body } = request;
    const parts = { method, headers: Object.fromEntries(headers), signal };
    const common = { ...parts, redirect: "manual" as const };
    if (body === null) return fetch(request.url, common);
    const isForm = headers.has("content-length");
    if (!isForm) return fetch(request.url, { ...common, body: await request.text() });
    return fetch(request.url, { ...common, body, duplex: "half" });
  };
}

/** What the generated client itself rejects with, before and after the exchange. */
export function translated(
  error: unknown,
  answer: Response | undefined,
  request: Request | undefined,
): FeedlensError {
  if (error instanceof FeedlensError) return error;
  if (request === undefined || answer === undefined) {
    return new InvalidInputError(`the call can't be sent: ${messageOf(error)}`, error);
  }
  return new UnexpectedAnswerError(
    `${nameOf(request)}: ${answer.status} with what is no JSON object. ` +
      "Does EMBEDDING_SERVER_URL name Feedlens's orchestrator?",
    { status: answer.status, cause: error },
  );
}

/** What fetch rejected with, as an error of this package. */
function foreign(name: string, base: URL, error: unknown, request: Request): FeedlensError {
  if (request.signal.aborted) {
    const reason: unknown = request.signal.reason;
    return reason instanceof FeedlensError ? reason : aborted(name, reason);
  }
  const causes = [...causesOf(error)];
  const ours = causes.find((cause) => cause instanceof FeedlensError);
  if (ours !== undefined) return ours;
  const code = causes.map(codeOf).find((found) => found !== undefined);
  const why = code ?? (causes.map(messageOf).findLast((text) => text !== "") || "no reason given");
  if (why === "bad port") {
    return new InvalidInputError(`${name}: fetch connects to no port ${base.port}; take another`);
  }
  if (causes.some((cause) => cause instanceof Error && cause.name === "HTTPParserError")) {
    const message = `${name}: what answers at ${base.origin} does not speak HTTP (${why})`;
    return new UnexpectedAnswerError(message, { cause: error });
  }
  if (TOO_SLOW.has(why)) return new TimeoutError(`${name}: no answer in time (${why})`, error);
  return new ConnectionError(`${name}: ${sentence(base, why)}`, { code, cause: error });
}

function sentence(base: URL, why: string): string {
  if (ABSENT.has(why)) {
    return (
      `no Feedlens answers at ${base.origin} (${why}). Is the orchestrator running there ` +
      "(`make run`)? EMBEDDING_SERVER_URL names it"
    );
  }
  if (why.startsWith("ERR_SSL_") && base.protocol === "https:") {
    return `no TLS with ${base.origin} (${why}). Does it speak http:// there?`;
  }
  return `the connection to ${base.origin} broke (${why})`;
}

/** An error, and what it hides in `cause`, or in the `errors` of several addresses. */
function* causesOf(error: unknown): Generator {
  let next = error;
  for (let depth = 0; next instanceof Error && depth < 8; depth += 1) {
    yield next;
    next = next.cause ?? (next instanceof AggregateError ? (next.errors as unknown[])[0] : null);
  }
}

function codeOf(error: unknown): string | undefined {
  const has = error instanceof Error && "code" in error && typeof error.code === "string";
  return has ? (error.code as string) : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function nameOf(request: Request): string {
  return `${request.method} ${new URL(request.url).pathname}`;
}

function elapsed(startMs: number): string {
  return `${(performance.now() - startMs).toFixed(1)} ms`;
}
