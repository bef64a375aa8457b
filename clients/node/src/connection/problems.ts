/** From an answer that is no success to the error that tells it. */

import type { AnswerHead } from "./answers.js";
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
import { secondsOf } from "./retry-after.js";

const BY_TYPE: ReadonlyMap<string, typeof ProblemError> = new Map([
  ["urn:feedlens:problem:undecodable-media", UndecodableMediaError],
  ["urn:feedlens:problem:fingerprint-mismatch", FingerprintMismatchError],
]);

const BY_STATUS: ReadonlyMap<number, typeof ProblemError> = new Map([
  [400, InvalidRequestError],
  [403, ForbiddenError],
  [404, NotFoundError],
  [408, SlowUploadError],
  [409, ConflictError],
  [410, CursorExpiredError],
  [413, TooLargeError],
  [415, InvalidRequestError],
  [422, InvalidRequestError],
  [429, UnavailableError],
  [502, UnavailableError],
  [503, UnavailableError],
  [504, UnavailableError],
]);

const UNKNOWN_PATH = "urn:feedlens:problem:unknown-path";
/** Statuses that mean the same with a page of a proxy's own, as does any from 500 on. */
const PROXIES_TOO: ReadonlySet<number> = new Set([408, 413, 429]);
/** What RFC 9457 has for every problem. */
const STANDARD: ReadonlySet<string> = new Set(["type", "title", "status", "detail", "instance"]);
const MOST_QUOTED = 120;

/** The error of an answer with `status` ≥ 300 and what came of its `body`. */
export function problemOf(request: string, answer: AnswerHead, body: string): FeedlensError {
  const { status } = answer;
  const retryAfter = secondsOf(answer.headers);
  const problem = parsed(body);
  if (problem !== undefined) {
    const { type, title, detail } = problem;
    const members = Object.fromEntries(
      Object.entries(problem).filter(([name]) => !STANDARD.has(name)),
    );
    if (type === UNKNOWN_PATH) return noSuchPath(request, status);
    const kind = BY_TYPE.get(type) ?? kindOf(status);
    const message = `${request}: ${status} ${title}: ${detail}`;
    return new kind(message, { status, type, detail, retryAfter, members });
  }
  if (PROXIES_TOO.has(status) || status >= 500) {
    const kind = kindOf(status);
    const message = `${request}: ${status} by something before Feedlens: ${quoted(body)}`;
    return new kind(message, { status, type: `urn:feedlens:client:status-${status}`, retryAfter });
  }
  return unexpected(request, answer, body);
}

/** What to say of an answer that Feedlens does not give. */
export function unexpected(request: string, answer: AnswerHead, body: string): FeedlensError {
  const kind = answer.headers.get("content-type") ?? "no content type";
  return new UnexpectedAnswerError(
    `${request}: ${answer.status} with ${quoted(kind)}, which is no answer of Feedlens's: ` +
      `${quoted(body)}. ${hintOf(answer)}`,
    { status: answer.status },
  );
}

/** Not that a post is missing: nothing of Feedlens's is there. */
function noSuchPath(request: string, status: number): FeedlensError {
  return new UnexpectedAnswerError(
    `${request}: ${status}: Feedlens has no such path. Does EMBEDDING_SERVER_URL end in one that ` +
      "it should not, or is that Feedlens older than this package?",
    { status },
  );
}

function hintOf(answer: AnswerHead): string {
  const { status } = answer;
  if (status === 401 || status === 403) {
    return "Something before Feedlens asks who calls: give the option headers, or credentials in EMBEDDING_SERVER_URL";
  }
  const location = answer.headers.get("location");
  if (status < 400 && location !== null) {
    return `It leads to ${quoted(withoutQuery(location))}: does EMBEDDING_SERVER_URL say where Feedlens is now?`;
  }
  return "Does EMBEDDING_SERVER_URL name its orchestrator?";
}

function kindOf(status: number): typeof ProblemError {
  return BY_STATUS.get(status) ?? (status >= 500 ? ServerError : ProblemError);
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

function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//");
}

function quoted(text: string): string {
  const flat = text
    .slice(0, 4 * MOST_QUOTED)
    .replaceAll(/\s+/g, " ")
    .trim();
  return JSON.stringify(flat.length > MOST_QUOTED ? `${flat.slice(0, MOST_QUOTED)}…` : flat);
}
