/** From an answer that is no success to the error that tells it. */

import {
  ConflictError,
  CursorExpiredError,
  type FeedlensError,
  FingerprintMismatchError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  ProblemError,
  ServerError,
  SlowUploadError,
  TooLargeError,
  UnavailableError,
  UndecodableMediaError,
  UnexpectedAnswerError,
} from "./errors.js";

const BY_TYPE: Readonly<Record<string, typeof ProblemError>> = {
  "urn:feedlens:problem:undecodable-media": UndecodableMediaError,
  "urn:feedlens:problem:fingerprint-mismatch": FingerprintMismatchError,
};

const BY_STATUS: Readonly<Record<number, typeof ProblemError>> = {
  400: InvalidRequestError,
  403: ForbiddenError,
  404: NotFoundError,
  408: SlowUploadError,
  409: ConflictError,
  410: CursorExpiredError,
  413: TooLargeError,
  415: InvalidRequestError,
  422: InvalidRequestError,
  429: UnavailableError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};

/** Statuses that a proxy in between answers with a page of its own, and that mean the same. */
const PROXIES_TOO: ReadonlySet<number> = new Set([408, 413, 429, 502, 503, 504]);
const MOST_QUOTED = 120;

/** The error of an answer with `status` ≥ 300 and the whole of its `body`. */
export function problemOf(request: string, answer: Response, body: string): FeedlensError {
  const { status } = answer;
  const retryAfter = secondsOf(answer.headers.get("retry-after"));
  const problem = parsed(body);
  if (problem !== undefined) {
    const { type, title, detail, ...members } = problem;
    const kind = BY_TYPE[type] ?? kindOf(status);
    return new kind(`${request}: ${status} ${title}: ${detail}`, {
      status,
      type,
      retryAfter,
      members,
    });
  }
  if (PROXIES_TOO.has(status)) {
    const kind = kindOf(status);
    const type = `urn:feedlens:client:status-${status}`;
    return new kind(`${request}: ${status} by something before Feedlens: ${quoted(body)}`, {
      status,
      type,
      retryAfter,
    });
  }
  return unexpected(request, answer, body);
}

/** What to say of an answer that Feedlens does not give. */
export function unexpected(request: string, answer: Response, body: string): FeedlensError {
  const kind = answer.headers.get("content-type") ?? "no content type";
  return new UnexpectedAnswerError(
    `${request}: ${answer.status} with ${kind}, which is no answer of Feedlens's: ` +
      `${quoted(body)}. Does EMBEDDING_SERVER_URL name its orchestrator?`,
    { status: answer.status },
  );
}

function kindOf(status: number): typeof ProblemError {
  return BY_STATUS[status] ?? (status >= 500 ? ServerError : ProblemError);
}

interface Problem extends Record<string, unknown> {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

function parsed(body: string): Problem | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { type, title, detail } = value as Record<string, unknown>;
  const whole = typeof type === "string" && typeof title === "string" && typeof detail === "string";
  return whole ? (value as Problem) : undefined;
}

/** Retry-After as seconds from now: it may be a number of them, or a date. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}

function quoted(body: string): string {
  const flat = body.replaceAll(/\s+/g, " ").trim();
  return JSON.stringify(flat.length > MOST_QUOTED ? `${flat.slice(0, MOST_QUOTED)}…` : flat);
}
