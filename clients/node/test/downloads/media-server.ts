/** An HTTP server of this machine that answers as a test wants, well or badly. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** Writes to the connection what it likes; the connection is ended after it. */
export type Answer = (connection: Socket) => Promise<void> | void;

export interface MediaServer extends AsyncDisposable {
  readonly port: number;
  readonly answers: Record<string, Answer>;
  /** Heads of all requests. */
  readonly requests: string[];
  /** Connections that are open now. */
  readonly open: ReadonlySet<Socket>;
  url(path: string, host?: string): string;
}

/** A whole answer; its headers may lie. */
export function body(
  content: Uint8Array | string,
  status = "200 OK",
  headers: Record<string, string | number> = {},
): Answer {
  return (connection) => {
    const length = Buffer.byteLength(content);
    connection.write(head(status, { "Content-Length": length, ...headers }));
    connection.write(content);
  };
}

export function redirect(location: string, status = "302 Found"): Answer {
  return body("", status, { Location: location });
}

export function head(status: string, headers: Record<string, string | number> = {}): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`HTTP/1.1 ${status}`, ...lines, "", ""].join("\r\n"), "latin1");
}

/** A body without a length that never ends. */
export const endless: Answer = async (connection) => {
  connection.write(head("200 OK"));
  while (!connection.destroyed) {
    connection.write(Buffer.alloc(65_536));
    await sleep(1);
  }
};

/** A byte now and then, so that it is never idle. */
export const dripping: Answer = async (connection) => {
  connection.write(head("200 OK", { "Content-Length": 1_000 }));
  while (!connection.destroyed) {
    connection.write("x");
    await sleep(20);
  }
};

/** Takes the connection, and says nothing. */
export const mute: Answer = async (connection) => {
  await once(connection, "close");
};

/** The head and the first byte, and nothing more. */
export const stalling: Answer = async (connection) => {
  connection.write(head("200 OK", { "Content-Length": 1_000 }));
  connection.write("x");
  await once(connection, "close");
};

/** Half of what it promised. */
export const broken: Answer = (connection) => {
  connection.write(head("200 OK", { "Content-Length": 1_000 }));
  connection.write(Buffer.alloc(500));
};

/** Chunks without the last one. */
export const unfinished: Answer = (connection) => {
  connection.write(head("200 OK", { "Transfer-Encoding": "chunked" }));
  connection.write("5\r\na cat\r\n");
};

/** The connection is reset within the body. */
export const reset: Answer = async (connection) => {
  connection.write(head("200 OK", { "Content-Length": 1_000 }));
  connection.write("x");
  await sleep(20);
  connection.resetAndDestroy();
};

/** The same, of a body that says no length. */
export const resetOpen: Answer = async (connection) => {
  connection.write(head("200 OK"));
  connection.write("x");
  await sleep(20);
  connection.resetAndDestroy();
};

/** One for the length of a test. */
export async function serveMedia(
  answers: Record<string, Answer>,
  tls?: TlsOptions,
): Promise<MediaServer> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  const answer = async (connection: Socket) => {
    open.add(connection);
    connection.on("close", () => open.delete(connection));
    connection.on("error", () => undefined); // a client that leaves is none of a test's business
    const request = await headOf(connection);
    if (request === undefined) return;
    requests.push(request);
    const [path = ""] = request.split(" ", 2)[1]?.split("?") ?? [];
    await (answers[path] ?? body("no", "404 Not Found"))(connection);
    connection.end();
  };
  const listener = (connection: Socket) => void answer(connection);
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    answers,
    requests,
    open,
    url: (path, host = "127.0.0.1") =>
      `${tls === undefined ? "http" : "https"}://${host}:${port}${path}`,
    async [Symbol.asyncDispose]() {
      for (const connection of open) connection.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function headOf(connection: Socket): Promise<string | undefined> {
  let text = "";
  return new Promise((resolve) => {
    connection.on("data", (piece: Buffer) => {
      text += piece.toString("latin1");
      if (text.includes("\r\n\r\n")) resolve(text);
    });
    connection.on("close", () => {
      resolve(undefined);
    });
  });
}
