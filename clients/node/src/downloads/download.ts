/** Downloads a medium to a temporary file: from listed hosts, and from no address but public ones. */

import type { IncomingMessage } from "node:http";

import { onAbort } from "../connection/aborts.js";
import { AbortedError, TimeoutError } from "../connection/errors.js";
import { checkHead, redirectOf, tooLarge } from "./download-answer.js";
import { DownloadRefusedError } from "./download-errors.js";
import { type Download, stored } from "./download-file.js";
import { type DownloadPolicy, type DownloadRules, downloadRules } from "./download-policy.js";
import { ask, bodyOf } from "./download-request.js";
import { locate, named, redirected } from "./download-target.js";

export type { Download } from "./download-file.js";
export type { DownloadPolicy, Lookup } from "./download-policy.js";

/** Of one download; what may be downloaded at all is told by DownloadPolicy. */
export interface DownloadOptions {
  /** Ends the download: it rejects with AbortedError, and its file is removed. */
  readonly signal?: AbortSignal | undefined;
  /** Where the file is made, readable by this user alone; the system's temporary one if left out. */
  readonly folder?: string | undefined;
}

/**
 * The medium behind an http or https address, as a file of its own; nothing is left of one that fails.
 *
 * Names are resolved once, and the very addresses that were checked are connected to; every redirect
 * is checked as the first address. Proxies of the environment are not used.
 *
 * Rejects for good with DownloadRefusedError (the policy does not have it) or DownloadFailedError
 * (the host says no, it is too large, or packed); with ConnectionError, TimeoutError or
 * UnavailableError (5xx, 408, 425, 429) where another attempt may succeed; with DownloadFolderError
 * where the file can't be written.
 */
export async function download(
  url: string | URL,
  policy: DownloadPolicy = {},
  options: DownloadOptions = {},
): Promise<Download> {
  const rules = downloadRules(policy);
  const address = String(url);
  return withinTime(address, rules.timeoutMs, options.signal, async (signal) => {
    const { answer, from } = await followed(address, rules, signal);
    try {
      checkHead(answer, from, rules.maxBytes);
      const pieces = bodyOf(answer, from, signal);
      return await stored(bounded(pieces, from, rules.maxBytes), options.folder);
    } finally {
      answer.destroy();
    }
  });
}

/** Runs `work`; its signal ends it in time, or with the caller's, as an error of this package. */
async function withinTime<T>(
  url: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const abort = () => {
    ending.abort(new AbortedError(`download of ${named(url)}: aborted`, signal?.reason));
  };
  const timer = setTimeout(() => {
    ending.abort(new TimeoutError(`${named(url)} was not there within ${timeoutMs} ms`));
  }, timeoutMs);
  const forget = onAbort(signal, abort);
  try {
    if (signal?.aborted) abort();
    ending.signal.throwIfAborted();
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** The answer at the end of the redirects, and the address that gave it. */
async function followed(
  url: string,
  rules: DownloadRules,
  signal: AbortSignal,
): Promise<{ answer: IncomingMessage; from: URL }> {
  let target = await locate(url, rules, signal);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await ask(target, rules.idleTimeoutMs, signal);
    const location = redirectOf(answer);
    if (location === undefined) return { answer, from: target.url };
    answer.destroy();
    if (redirects === rules.maxRedirects) {
      throw new DownloadRefusedError(`${named(url)} redirects more than ${redirects} times`, {
        reason: "redirect-refused",
      });
    }
    target = await redirected(target, location, rules, signal);
  }
}

async function* bounded(
  pieces: AsyncIterable<Uint8Array>,
  from: URL,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw tooLarge(from, maxBytes);
    yield piece;
  }
}
