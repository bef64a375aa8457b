/**
 * Everything that a call of this package rejects with.
 *
 *     FeedlensError
 *     ├── InvalidInputError       an argument can't be used; nothing was sent
 *     ├── MediumUnreadableError   a file is there, and could not be read for now
 *     ├── MediumChangedError      a file changed while it was sent
 *     ├── NoAnswerError           nothing came back
 *     │   ├── ConnectionError         nobody answers there, or the connection broke
 *     │   ├── TimeoutError            it took too long
 *     │   └── AbortedError            the caller's AbortSignal said so; its name is "AbortError"
 *     ├── UnexpectedAnswerError   what answers there does not speak as Feedlens does
 *     └── ProblemError            the service said no: RFC 9457 problem details
 *         ├── InvalidRequestError     400, 415, 422
 *         │   └── UndecodableMediaError   422 of an upload that is no picture and no video
 *         ├── ForbiddenError          403, such as a cursor of another viewer
 *         ├── NotFoundError           404
 *         ├── SlowUploadError         408
 *         ├── ConflictError           409
 *         │   └── FingerprintMismatchError   vectors of another model
 *         ├── CursorExpiredError      410
 *         ├── TooLargeError           413
 *         ├── UnavailableError        429, 502, 503, 504: try again, after `retryAfter` seconds
 *         └── ServerError             any other 5xx
 *
 * `instanceof` holds between the package's ES modules and its CommonJS ones.
 */

/** What an error is made of, besides its message. */
export interface ErrorFacts {
  /** HTTP status; undefined where no answer came. */
  readonly status?: number | undefined;
  /** Stable and made for comparing: `urn:feedlens:problem:…`, or `urn:feedlens:client:…`. */
  readonly type: string;
  /** What the service said, fit for telling a user; the message, if left out. */
  readonly detail?: string | undefined;
  /** Seconds that the service asks to wait before the same call again. */
  readonly retryAfter?: number | undefined;
  /** Members of the problem's JSON beyond RFC 9457's own, such as `errors` or `media_ids`. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

const KINDS = Symbol.for("feedlens.error.kinds");

/** Base of the tree. */
export class FeedlensError extends Error {
  readonly status: number | undefined;
  readonly type: string;
  readonly detail: string;
  readonly retryAfter: number | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.status = facts.status;
    this.type = facts.type;
    this.detail = facts.detail ?? message;
    this.retryAfter = facts.retryAfter;
    this.members = facts.members ?? {};
    Object.defineProperty(this, KINDS, { value: kindsOf(new.target) });
  }

  /** By name, as ES modules and CommonJS have each their own classes. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    const kinds = (value as { [KINDS]?: readonly string[] })[KINDS];
    return kinds?.includes(this.name) ?? false;
  }
}

/** Names of a class and of those that it extends, up to FeedlensError. */
function kindsOf(kind: { readonly name: string }): readonly string[] {
  const names: string[] = [];
  let next: unknown = kind;
  while (typeof next === "function" && next !== Error && next.name) {
    names.push(next.name);
    next = Object.getPrototypeOf(next);
  }
  return names;
}

/** An argument can't be used: a file that is not there, an address that is none. */
export class InvalidInputError extends FeedlensError {
  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:invalid-input", cause });
  }
}

/**
 * A medium is there, and could not be read: too many files are open, a network disk is away.
 * The same call may succeed later; `code` is Node's, such as EMFILE.
 */
export class MediumUnreadableError extends FeedlensError {
  /** What Node calls it, such as EMFILE or ESTALE; undefined where it says nothing. */
  readonly code: string | undefined;

  constructor(message: string, facts: { code?: string | undefined; cause?: unknown }) {
    super(message, { type: "urn:feedlens:client:medium-unreadable", cause: facts.cause });
    this.code = facts.code;
  }
}

/** A file was still being written, or replaced, while it was sent; a new call sends it as it is then. */
export class MediumChangedError extends FeedlensError {
  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:medium-changed", cause });
  }
}

/** Nothing came back. */
export class NoAnswerError extends FeedlensError {}

/** Nobody answers there, or the connection broke; `code` is Node's, such as ECONNREFUSED. */
export class ConnectionError extends NoAnswerError {
  readonly code: string | undefined;

  constructor(message: string, facts: { code?: string | undefined; cause?: unknown }) {
    super(message, { type: "urn:feedlens:client:connection", cause: facts.cause });
    this.code = facts.code;
  }
}

/** It took longer than `timeoutMs`, or than Node waits. */
export class TimeoutError extends NoAnswerError {
  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:timeout", cause });
  }
}

/**
 * The caller's AbortSignal said so; `cause` is the signal's reason. That of `AbortSignal.timeout()`
 * is one too, with a `cause` named "TimeoutError": it bounds the whole call, attempts included, and
 * nothing is tried again after it.
 */
export class AbortedError extends NoAnswerError {
  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:aborted", cause });
    this.name = "AbortError"; // what Node users compare with
  }
}

/**
 * What answers there does not speak as Feedlens does, such as a proxy's page of HTML; `status` is
 * undefined where it does not even speak HTTP.
 */
export class UnexpectedAnswerError extends FeedlensError {
  constructor(message: string, facts: { status?: number | undefined; cause?: unknown }) {
    super(message, { type: "urn:feedlens:client:unexpected-answer", ...facts });
  }
}

/** The service said no. */
export class ProblemError extends FeedlensError {}
export class InvalidRequestError extends ProblemError {}
export class UndecodableMediaError extends InvalidRequestError {}
export class ForbiddenError extends ProblemError {}
export class NotFoundError extends ProblemError {}
export class SlowUploadError extends ProblemError {}
export class ConflictError extends ProblemError {}
export class FingerprintMismatchError extends ConflictError {}
export class CursorExpiredError extends ProblemError {}
export class TooLargeError extends ProblemError {}
export class UnavailableError extends ProblemError {}
export class ServerError extends ProblemError {}
