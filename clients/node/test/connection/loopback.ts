/** Servers of the tests' own: well-behaved ones by a handler, hostile ones by what they write. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

export type Handler = (request: IncomingMessage, answer: ServerResponse) => void;

/** The address of an HTTP server that ends with the test. */
export async function serving(test: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address of a server that does with each connection as it likes, and ends with the test. */
export async function connecting(
  test: TestContext,
  act: (socket: Socket) => void,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    act(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address of a server that writes `bytes` once a request has begun, and then hangs up or not. */
export async function writing(
  test: TestContext,
  bytes: string,
  then: "ends" | "stalls" | "resets" = "ends",
): Promise<string> {
  return connecting(test, (socket) => {
    socket.once("data", () => {
      socket.write(bytes, () => {
        if (then === "ends") socket.end();
        if (then === "resets") socket.resetAndDestroy();
      });
    });
  });
}

/** Answers with JSON. */
export function json(answer: ServerResponse, status: number, body: unknown): void {
  answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Answers with problem details. */
export function problem(
  answer: ServerResponse,
  status: number,
  members: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): void {
  const told = { type: "urn:feedlens:problem:x", title: "No", status, detail: "it is so" };
  answer.writeHead(status, { "content-type": "application/problem+json", ...headers });
  answer.end(JSON.stringify({ ...told, ...members }));
}
