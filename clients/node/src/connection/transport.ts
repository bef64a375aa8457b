/** One HTTP exchange by Node's own fetch, which keeps connections alive; foreign errors end here. */

import type { Log } from "./debug.js";
import { AbortedError, ConnectionError, FeedlensError, TimeoutError } from "./errors.js";
import { problemOf, unexpected } from "./problems.js";

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
const ABSENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Makes the `fetch` of the generated client: it rejects with this package's errors alone. */
export function transport(base: URL, fetch: typeof globalThis.fetch, log: Log | undefined) {
  return async (...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> => {
    const request = new Request(input, init);
    const name = `${request.method} ${new URL(request.url).pathname}`;
    const startMs = performance.now();
    try {
      const answer = await whole(name, await fetch(request));
      log?.(`${name} ${answer.status} ${elapsed(startMs)}`);
      return answer;
    } catch (error) {
      const told = error instanceof FeedlensError ? error : foreign(name, base, error, request);
      log?.(`${name} ${told.status ?? told.name} ${elapsed(startMs)}: ${told.message}`);
      throw told;
    }
  };
}

/** The answer with all of its body, so that a timeout covers that too; rejects if it is none. */
async function whole(name: string, answer: Response): Promise<Response> {
  if (answer.status >= 300) throw problemOf(name, answer, await answer.text());
  if (answer.status === 204) return answer;
  const kind = answer.headers.get("content-type") ?? "";
  if (!JSON_TYPE.test(kind) && !kind.startsWith("image/")) {
    throw unexpected(name, answer, await answer.text());
  }
  const { status, statusText, headers } = answer;
  return new Response(await answer.arrayBuffer(), { status, statusText, headers });
}

/** What fetch rejected with, as an error of this package. */
function foreign(name: string, base: URL, error: unknown, request: Request): FeedlensError {
  if (request.signal.aborted) {
    const reason: unknown = request.signal.reason;
    if (reason instanceof FeedlensError) return reason;
    return isTimeout(reason)
      ? new TimeoutError(`${name}: no answer in time`, reason)
      : new AbortedError(`${name}: aborted by the caller`, reason);
  }
  const code = codeOf(error);
  const why = code ?? (error instanceof Error ? error.message : String(error));
  if (code !== undefined && ABSENT.has(code)) {
    return new ConnectionError(
      `${name}: no Feedlens answers at ${base.origin} (${code}). Is the orchestrator running ` +
        "there (`make run`)? EMBEDDING_SERVER_URL names it",
      { code, cause: error },
    );
  }
  return new ConnectionError(`${name}: the connection to ${base.origin} broke (${why})`, {
    code,
    cause: error,
  });
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === "TimeoutError";
}

/** fetch hides what happened in `cause`, or in the `errors` of several addresses. */
function codeOf(error: unknown): string | undefined {
  let next = error;
  while (next instanceof Error) {
    if ("code" in next && typeof next.code === "string") return next.code;
    next = next.cause ?? (next instanceof AggregateError ? (next.errors as unknown[])[0] : null);
  }
  return undefined;
}

function elapsed(startMs: number): string {
  return `${(performance.now() - startMs).toFixed(1)} ms`;
}
