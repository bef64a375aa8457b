/**
 * One HTTP exchange by node:http or node:https, on connections that are kept alive.
 *
 * Not by Node's fetch: it holds an upload whole in memory, leaves its file open after an early
 * answer, connects to some ports not at all, and takes about twice the time for a small request.
 */

import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

import { onAbort } from "./aborts.js";
import type { Answer } from "./answers.js";
import { InvalidInputError } from "./errors.js";

/** Within this a connection is there, with TLS where there is one. */
const CONNECT_MS = 10_000;
/** Less than the 5 s after which uvicorn closes a connection that nobody uses. */
const IDLE_MS = 4_000;
const KEPT = { keepAlive: true, timeout: IDLE_MS };
const SCHEMES = new Map([
  ["http:", { begin: httpRequest, agent: new HttpAgent(KEPT) }],
  ["https:", { begin: httpsRequest, agent: new HttpsAgent(KEPT) }],
]);

type Body = Uint8Array | AsyncIterable<Uint8Array> | null;

/** Sends the request; resolves with the answer as soon as its head is there. */
export async function nodeExchange(request: Request): Promise<Answer> {
  const body = await bodyOf(request);
  request.signal.throwIfAborted();
  const sent = begun(request, body);
  return answerOf(sent, await headOf(sent, body, request.signal));
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
      if (isConnecting(sent)) end(Object.assign(new Error("no connection"), { code: "ETIMEDOUT" }));
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
  const scheme = SCHEMES.get(protocol);
  if (scheme === undefined) throw new InvalidInputError(`${protocol} is not spoken here`);
  const told: Record<string, string | number> = {
    "accept-encoding": "identity",
    ...Object.fromEntries(headers),
  };
  if (body instanceof Uint8Array) told["content-length"] = body.byteLength;
  return scheme.begin({
    agent: scheme.agent,
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    method,
    path: pathname + search,
    headers: told,
    timeout: CONNECT_MS,
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

function isConnecting({ socket }: ClientRequest): boolean {
  return (
    socket === null ||
    socket.connecting ||
    ("secureConnecting" in socket && socket.secureConnecting === true)
  );
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
