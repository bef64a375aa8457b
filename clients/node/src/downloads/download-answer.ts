/** What a host's answer says, before its body is read. */

import type { IncomingMessage } from "node:http";

import { type FeedlensError, UnavailableError } from "../connection/errors.js";
import { secondsOf } from "../connection/retry-after.js";
import { DownloadFailedError } from "./download-errors.js";
import { named } from "./download-target.js";

const OK = 200;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Where the answer redirects to; undefined if it does not. */
export function redirectOf(answer: IncomingMessage): string | undefined {
  return REDIRECTS.has(answer.statusCode ?? 0) ? answer.headers.location : undefined;
}

/** Throws the error of an answer whose body is no medium to take. */
export function checkHead(answer: IncomingMessage, from: URL, maxBytes: number): void {
  const status = answer.statusCode ?? 0;
  if (status !== OK) throw refusedBy(answer, from, status);
  const packing = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (packing !== "" && packing !== "identity") {
    const message = `${named(from.href)} answered with ${packing}, which was not asked for`;
    throw new DownloadFailedError(message, { reason: "packed" });
  }
  if (Number(answer.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(from, maxBytes);
}

/** The error of more bytes than are taken. */
export function tooLarge(from: URL, maxBytes: number): DownloadFailedError {
  const message = `${named(from.href)} is over ${maxBytes} bytes, which are accepted`;
  return new DownloadFailedError(message, { reason: "too-large" });
}

function refusedBy(answer: IncomingMessage, from: URL, status: number): FeedlensError {
  const message = `${named(from.href)} answered ${status} ${answer.statusMessage ?? ""}`.trim();
  if (status < 500 && !PASSING.has(status)) {
    return new DownloadFailedError(message, { reason: "http-status", hostStatus: status });
  }
  const type = "urn:feedlens:client:download-http-status";
  const { "retry-after": asked = "", date = "" } = answer.headers;
  const retryAfter = secondsOf(new Headers({ "retry-after": asked, date }));
  return new UnavailableError(message, { status, type, retryAfter });
}
