/** One GET to an address that was checked; Node's own errors end here. */

import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIPv6, type LookupFunction } from "node:net";

import {
  ConnectionError,
  FeedlensError,
  NoAnswerError,
  TimeoutError,
} from "../connection/errors.js";
import { named, type Target } from "./download-target.js";

const HEADERS = {
  accept: "image/*, video/*",
  "accept-encoding": "identity",
  "user-agent": "feedlens",
};

/** The head of the answer of the first of the target's addresses that gives one. */
export async function ask(
  target: Target,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let failure: unknown;
  for (const address of target.addresses) {
    try {
      return await headOf(target.url, address, idleTimeoutMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof NoAnswerError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** The body as it comes, whole; what is cut off rejects with ConnectionError. */
export async function* bodyOf(
  answer: IncomingMessage,
  url: URL,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* answer as AsyncIterable<Uint8Array>;
    signal.throwIfAborted(); // a body without a length ends with its connection
  } catch (error) {
    signal.throwIfAborted();
    throw broken(url, error);
  }
}

async function headOf(
  url: URL,
  address: string,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(url, {
      agent: false, // a connection of its own, by no proxy
      headers: HEADERS,
      lookup: always(address),
      timeout: idleTimeoutMs,
      signal,
    });
    let reading: IncomingMessage | undefined;
    asked.on("timeout", () => {
      (reading ?? asked).destroy(
        new TimeoutError(`${named(url.href)} sent nothing for ${idleTimeoutMs} ms`),
      );
    });
    asked.on("error", (error) => {
      // A body without a length would pass for a whole one.
      reading?.destroy(error);
      reject(broken(url, error));
    });
    asked.on("close", () => {
      // Node tells nothing else of an answer 101; this is no news where an answer was told.
      reject(broken(url, new Error("the connection was closed without an answer")));
    });
    asked.on("response", (answer) => {
      reading = answer;
      // What breaks before the body is read is told to who reads it.
      answer.on("error", () => undefined);
      resolve(answer);
    });
    asked.end();
  });
}

/** A resolver that knows the checked address alone. */
function always(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_hostname, options, tell) => {
    if (options.all) tell(null, [{ address, family }]);
    else tell(null, address, family);
  };
}

function broken(url: URL, error: unknown): FeedlensError {
  if (error instanceof FeedlensError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === undefined ? message : `${message} (${code})`;
  return new ConnectionError(`${named(url.href)}: ${why}`, { code, cause: error });
}
