/**
 * One HTTP exchange by node:http or node:https, on connections that are kept alive.
 *
 * Not by Node's fetch: it holds an upload whole in memory, leaves its file open after an early
 * answer, connects to some ports not at all, and takes about twice the time for a small request.
 */

import type { ClientRequest, IncomingMessage } from "node:http";
import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

import { onAbort } from "./aborts.js";
import type { Answer } from "./answers.js";
import {
  boundConnecting,
  closeIdle,
  schemeOf,
  SILENT_MS,
  timedOut,
  unbracketed,
} from "./sockets.js";

type Body = Uint8Array | AsyncIterable<Uint8Array> | null;

/** Sends the request; resolves with the answer as soon as its head is there. */
export async function nodeExchange(request: Request): Promise<Answer> {
  const body = await bodyOf(request);
  const { signal } = request;
  signal.throwIfAborted();
  const sent = begun(request, body);
  try {
    return answerOf(sent, await headOf(sent, body, signal));
  } catch (error) {
    const wasLost = sent.reusedSocket && !signal.aborted && !isTimeout(error);
    if (wasLost) closeIdle(request.url);
    if (!wasLost || !isRepeatable(body)) throw error;
  }
  // The server had closed the idle connection: that says nothing of whether it answers.
  const again = begun(request, body);
  return answerOf(again, await headOf(again, body, signal));
}

function isRepeatable(body: Body): body is Uint8Array | null {
  return body === null || body instanceof Uint8Array;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ETIMEDOUT";
}

/** Sends the body, and waits for no more of that than for the answer's head. */
function headOf(sent: ClientRequest, body: Body, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let head: IncomingMessage | undefined;
    const end = (error?: Error): void => {
      (head ?? sent).destroy(error);
    };
    const forget = onAbort(signal, () => {
      end();
      reject(closed()); // the signal has the reason
    });
    sent.on("close", () => {
      forget();
      reject(closed());
    });
    sent.on("error", reject); // once the head is there, what fails the sending is of no matter
    sent.on("timeout", () => {
      end(timedOut());
    });
    sent.on("socket", (socket) => {
      boundConnecting(socket, end);
    });
    sent.on("response", (message) => {
      head = message;
      resolve(message);
    });
    const isRefused = (): boolean => (head?.statusCode ?? 0) >= 300;
    send(sent, body, isRefused).catch(end);
  });
}

/** Where Node tells of no error, as with an answer that asks for another protocol. */
function closed(): Error {
  return Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" });
}

/** A form is a stream that tells its length; anything else is small, and told its own. */
async function bodyOf(request: Request): Promise<Body> {
  if (request.body === null) return null;
  if (request.headers.has("content-length")) return request.body as AsyncIterable<Uint8Array>;
  return new Uint8Array(await request.arrayBuffer());
}

function begun({ url, method, headers }: Request, body: Body): ClientRequest {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const { begin, agent } = schemeOf(protocol);
  const told: Record<string, string | number> = {
    "accept-encoding": "identity",
    ...Object.fromEntries(headers),
  };
  if (body instanceof Uint8Array) told["content-length"] = body.byteLength;
  return begin({
    agent,
    protocol,
    hostname: unbracketed(hostname),
    port,
    method,
    path: pathname + search,
    headers: told,
    timeout: SILENT_MS,
  });
}

/** Sends the body as fast as it is taken, until its end, a refusal, or the connection's end. */
async function send(sent: ClientRequest, body: Body, isRefused: () => boolean): Promise<void> {
  if (body === null || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  for await (const piece of body) {
    if (sent.destroyed || isRefused()) return;
    if (!sent.write(piece)) await roomIn(sent);
  }
  sent.end();
}

function roomIn(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      sent.off("drain", go).off("close", go);
      resolve();
    };
    sent.on("drain", go).on("close", go);
  });
}

function answerOf(sent: ClientRequest, message: IncomingMessage): Answer {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return { status: message.statusCode ?? 0, headers, body: piecesOf(sent, message) };
}

/** The answer's body; after it the connection is free for another request, or closed. */
async function* piecesOf(
  sent: ClientRequest,
  message: IncomingMessage,
): AsyncGenerator<Uint8Array> {
  try {
    yield* unpacked(message) as AsyncIterable<Uint8Array>;
  } finally {
    if (!sent.writableFinished) sent.destroy(); // nobody wants the rest of an upload
  }
}

/** Some proxies pack what nobody asked them to. */
function unpacked(message: IncomingMessage): Readable {
  const unpack = UNPACKING.get(message.headers["content-encoding"]?.toLowerCase() ?? "");
  return unpack === undefined ? message : pipeline(message, unpack(), () => undefined);
}

const UNPACKING: ReadonlyMap<string, () => Transform> = new Map([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
]);
