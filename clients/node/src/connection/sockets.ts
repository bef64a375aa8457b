/** The sockets under an exchange: kept while they are used, and given up in time. */

import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";

import { InvalidInputError } from "./errors.js";

/** Within this a connection is there, with TLS where there is one. */
const CONNECT_MS = 10_000;
/** Less than the 5 s after which uvicorn closes a connection that nobody uses. */
const IDLE_MS = 4_000;
const KEPT = { keepAlive: true, timeout: IDLE_MS };
/** Without a byte in either direction, as long as Node's fetch waits; calls have their own time. */
export const SILENT_MS = 300_000;
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["http:", { begin: httpRequest, agent: new HttpAgent(KEPT), port: 80 }],
  ["https:", { begin: httpsRequest, agent: new HttpsAgent(KEPT), port: 443 }],
]);

interface Scheme {
  readonly begin: typeof httpRequest;
  readonly agent: HttpAgent;
  readonly port: number;
}

/** How a protocol is spoken; InvalidInputError for one that is not. */
export function schemeOf(protocol: string): Scheme {
  const scheme = SCHEMES.get(protocol);
  if (scheme === undefined) throw new InvalidInputError(`${protocol} is not spoken here`);
  return scheme;
}

/** An IPv6 address as sockets take it. */
export function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** Closes what is idle there: beside a connection that was found closed, others may be, too. */
export function closeIdle(url: string): void {
  const { protocol, hostname, port } = new URL(url);
  const { agent, port: usual } = schemeOf(protocol);
  const origin = `${unbracketed(hostname)}:${port || usual}:`;
  for (const [name, sockets] of Object.entries(agent.freeSockets)) {
    if (name.startsWith(origin)) for (const socket of [...(sockets ?? [])]) socket.destroy();
  }
}

/** Calls `end` if the socket is not connected within its time, with TLS where there is one. */
export function boundConnecting(socket: Socket, end: (error: Error) => void): void {
  const isSecuring = "secureConnecting" in socket && socket.secureConnecting === true;
  if (!socket.connecting && !isSecuring) return;
  const timer = setTimeout(() => {
    end(timedOut());
  }, CONNECT_MS);
  const stop = (): void => {
    clearTimeout(timer);
  };
  socket.once(isSecuring ? "secureConnect" : "connect", stop).once("close", stop);
}

export function timedOut(): Error {
  return Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });
}
