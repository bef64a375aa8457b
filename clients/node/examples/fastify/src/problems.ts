/** From anything that a route rejects with to the answer that tells it: RFC 9457, in one place. */

import {
  AbortedError,
  ConflictError,
  CursorExpiredError,
  EventBacklogError,
  EventsClosedError,
  FeedlensError,
  ForbiddenError,
  InvalidInputError,
  InvalidRequestError,
  isTransient,
  MediumUnreadableError,
  NotFoundError,
  TimeoutError,
  TooLargeError,
  WorkerClosedError,
} from "@feedlens/client";
import type { FastifyReply, FastifyRequest } from "fastify";

const RETRY_AFTER_S = 5;

/** What Feedlens says no to is no here too, with its own status. */
const REFUSALS = [
  InvalidRequestError,
  ForbiddenError,
  NotFoundError,
  ConflictError,
  CursorExpiredError,
  TooLargeError,
];
/** What this process did not get to. */
const NOT_NOW = [
  AbortedError,
  EventBacklogError,
  EventsClosedError,
  MediumUnreadableError,
  WorkerClosedError,
];

/** Fastify's errors have a status and a code, and so has RequestError. */
interface Failure extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

interface Problem {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number | undefined;
}

/** The kinds of RequestError, as the last part of a problem's type. */
const REQUEST_CODES = { 400: "bad-request", 404: "not-found", 413: "too-large" } as const;

/** A request that can't be served as it stands. */
export class RequestError extends Error {
  readonly code: string;

  constructor(
    readonly statusCode: keyof typeof REQUEST_CODES,
    message: string,
  ) {
    super(message);
    this.code = REQUEST_CODES[statusCode];
  }
}

/** Fastify's error handler. */
export function answerProblem(
  error: Failure,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = problemOf(error);
  if (problem.status >= 500) request.log.error(error);
  if (problem.retryAfter !== undefined) reply.header("retry-after", problem.retryAfter);
  const { status, type, detail } = problem;
  return reply.code(status).type("application/problem+json").send({ type, status, detail });
}

function problemOf(error: Failure): Problem {
  if (error instanceof FeedlensError) return problemOfFeedlens(error);
  const status = error.statusCode ?? 500;
  // What broke in here is for the log; what is wrong with a request is for its sender.
  const detail = status < 500 ? error.message : "This backend failed; its log says how";
  return { status, type: `urn:sample-app:problem:${error.code ?? "defect"}`, detail };
}

function problemOfFeedlens(error: FeedlensError): Problem {
  const { type, detail, status, retryAfter } = error;
  if (error instanceof InvalidInputError) return { status: 400, type, detail };
  if (status !== undefined && isOneOf(REFUSALS, error)) return { status, type, detail };
  if (error instanceof TimeoutError) return { status: 504, type, detail: "Feedlens took too long" };
  const later = { status: 503, type, retryAfter: Math.ceil(retryAfter ?? RETRY_AFTER_S) };
  if (isOneOf(NOT_NOW, error)) return { ...later, detail: "This backend is busy, or ends" };
  if (isTransient(error)) return { ...later, detail: "Feedlens is away" };
  return { status: 502, type, detail: "Feedlens failed" };
}

type Kind = new (...facts: never) => FeedlensError;

function isOneOf(kinds: readonly Kind[], error: FeedlensError): boolean {
  return kinds.some((kind) => error instanceof kind);
}
