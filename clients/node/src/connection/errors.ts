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

import { brand, isOfKind, KIND, nameOf } from "./error-kinds.js";

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
  /** What it comes of, such as Node's own error. */
  readonly cause?: unknown;
}

/** Base of the tree. */
export class FeedlensError extends Error {
  static readonly [KIND]: string = "FeedlensError";

  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;
  /** Stable and made for comparing: `urn:feedlens:problem:…`, or `urn:feedlens:client:…`. */
  readonly type: string;
  /** What the service said, alone, fit for telling a user; the message, where nothing was sent. */
  readonly detail: string;
  /** Seconds that the service asks to wait before the same call again. */
  readonly retryAfter: number | undefined;
  /** Members of the problem's JSON beyond RFC 9457's own, such as `errors` or `media_ids`; or {}. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = nameOf(new.target);
    this.status = facts.status;
    this.type = facts.type;
    this.detail = facts.detail ?? message;
    this.retryAfter = facts.retryAfter;
    this.members = facts.members ?? {};
    brand(this, new.target);
  }

  /** Of the errors of both kinds of modules; a class of your own is known as usual. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOfKind(value, this);
  }
}

/** An argument can't be used: a file that is not there, an address that is none. */
export class InvalidInputError extends FeedlensError {
  static override readonly [KIND]: string = "InvalidInputError";

  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:invalid-input", cause });
  }
}

/**
 * A medium is there, and could not be read: too many files are open, a network disk is away.
 * The same call may succeed later; `code` is Node's, such as EMFILE.
 */
export class MediumUnreadableError extends FeedlensError {
  static override readonly [KIND]: string = "MediumUnreadableError";

  /** What Node calls it, such as EMFILE or ESTALE; undefined where it says nothing. */
  readonly code: string | undefined;

  constructor(message: string, facts: { code?: string | undefined; cause?: unknown }) {
    super(message, { type: "urn:feedlens:client:medium-unreadable", cause: facts.cause });
    this.code = facts.code;
  }
}

/** A file was still being written, or replaced, while it was sent; a new call sends it as it is then. */
export class MediumChangedError extends FeedlensError {
  static override readonly [KIND]: string = "MediumChangedError";

  constructor(message: string, cause?: unknown) {
    super(message, { type: "urn:feedlens:client:medium-changed", cause });
  }
}

/** Nothing came back. */
export class NoAnswerError extends FeedlensError {
  static override readonly [KIND]: string = "NoAnswerError";
}

/** Nobody answers there, or the connection broke; `code` is Node's, such as ECONNREFUSED. */
export class ConnectionError extends NoAnswerError {
  static override readonly [KIND]: string = "ConnectionError";

  /** Node's, such as ECONNREFUSED; undefined where it says none. */
  readonly code: string | undefined;

  constructor(message: string, facts: { code?: string | undefined; cause?: unknown }) {
    super(message, { type: "urn:feedlens:client:connection", cause: facts.cause });
    this.code = facts.code;
  }
}

/** It took longer than `timeoutMs`, or than Node waits. */
export class TimeoutError extends NoAnswerError {
  static override readonly [KIND]: string = "TimeoutError";

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
  static override readonly [KIND]: string = "AbortedError";

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
  static override readonly [KIND]: string = "UnexpectedAnswerError";

  constructor(message: string, facts: { status?: number | undefined; cause?: unknown }) {
    super(message, { type: "urn:feedlens:client:unexpected-answer", ...facts });
  }
}

/** The service said no. */
export class ProblemError extends FeedlensError {
  static override readonly [KIND]: string = "ProblemError";
}

/** 400, 415, 422: the request can't be served as it is; `members.errors` says which fields. */
export class InvalidRequestError extends ProblemError {
  static override readonly [KIND]: string = "InvalidRequestError";
}

/** 422 of an upload that is no picture and no video. */
export class UndecodableMediaError extends InvalidRequestError {
  static override readonly [KIND]: string = "UndecodableMediaError";
}

/** 403, such as a cursor of another viewer. */
export class ForbiddenError extends ProblemError {
  static override readonly [KIND]: string = "ForbiddenError";
}

/** 404: no such post; of events, `members.media_ids` are those that there are not. */
export class NotFoundError extends ProblemError {
  static override readonly [KIND]: string = "NotFoundError";
}

/** 408: the upload took longer than the service waits for one. */
export class SlowUploadError extends ProblemError {
  static override readonly [KIND]: string = "SlowUploadError";
}

/** 409: the id is another post's. */
export class ConflictError extends ProblemError {
  static override readonly [KIND]: string = "ConflictError";
}

/** 409: the vectors are of another model than the one in use. */
export class FingerprintMismatchError extends ConflictError {
  static override readonly [KIND]: string = "FingerprintMismatchError";
}

/** 410: the feed's session is over; begin a new one, without a cursor. */
export class CursorExpiredError extends ProblemError {
  static override readonly [KIND]: string = "CursorExpiredError";
}

/** 413: more than the service takes. */
export class TooLargeError extends ProblemError {
  static override readonly [KIND]: string = "TooLargeError";
}

/** 429, 502, 503, 504: the same again may succeed, after `retryAfter` seconds. */
export class UnavailableError extends ProblemError {
  static override readonly [KIND]: string = "UnavailableError";
}

/** Any other 5xx. */
export class ServerError extends ProblemError {
  static override readonly [KIND]: string = "ServerError";
}
