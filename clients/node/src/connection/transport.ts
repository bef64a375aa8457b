/** One HTTP exchange, by whatever carries it; foreign errors end here. */

import { aborted } from "./aborts.js";
import { type Answer, whole } from "./answers.js";
import { type Log, told } from "./debug.js";
import {
  ConnectionError,
  FeedlensError,
  InvalidInputError,
  TimeoutError,
  UnexpectedAnswerError,
} from "./errors.js";

/** Sends what the generated client made. */
export type Exchange = (request: Request) => Promise<Answer>;

const ABSENT = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"],
  "UND_ERR_CONNECT_TIMEOUT",
]);
/** What OpenSSL calls certificates: https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const UNTRUSTED = /CERT|CRL|^INVALID_(CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^PATH_LENGTH_EXCEEDED$/;
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
    if (body !== null && headers.has("content-length")) {
      // With any other redirect undici copies what it sends, and holds all of a file in memory.
      return fetch(request.url, { ...parts, redirect: "error", body, duplex: "half" });
    }
    const whole = body === null ? {} : { body: await request.arrayBuffer() };
    return fetch(request.url, { ...parts, redirect: "manual", ...whole });
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
  const unexpected = surprise(base, why);
  if (unexpected !== undefined) {
    return new UnexpectedAnswerError(`${name}: ${unexpected}`, { cause: error });
  }
  if (TOO_SLOW.has(why)) return new TimeoutError(`${name}: no answer in time (${why})`, error);
  return new ConnectionError(`${name}: ${sentence(base, why)}`, { code, cause: error });
}

/** What to say where something answers, and nothing that another attempt would mend. */
function surprise({ origin }: URL, why: string): string | undefined {
  if (/^HPE_|^Response does not match the HTTP/.test(why)) {
    return `what answers at ${origin} does not speak HTTP (${why})`;
  }
  if (UNTRUSTED.test(why)) {
    return (
      `the certificate of ${origin} is not trusted (${why}). NODE_EXTRA_CA_CERTS names ` +
      "authorities besides Node's own"
    );
  }
  if (why === "unexpected redirect") {
    return `${origin} leads elsewhere: does EMBEDDING_SERVER_URL say where Feedlens is now?`;
  }
  return undefined;
}

function sentence(base: URL, why: string): string {
  if (ABSENT.has(why)) {
    return (
      `no Feedlens answers at ${base.origin} (${why}). Is the orchestrator running there ` +
      "(`make run`)? EMBEDDING_SERVER_URL names it"
    );
  }
  if (/^ERR_SSL_|^EPROTO$/.test(why) && base.protocol === "https:") {
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
