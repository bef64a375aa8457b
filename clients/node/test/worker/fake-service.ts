/** A Feedlens on the loopback that keeps posts as the real one does, and fails as a test says. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

import type { MediaAnswer } from "../../src/generated/index.js";

/** One request: its path, and its form's fields; a file's is its content as latin-1. */
export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

/** In place of the usual answer; `html` is a proxy's page, `never` does not answer at all. */
export type Answer =
  | {
      readonly status: number;
      readonly retryAfter?: number;
      readonly slug?: string;
      readonly detail?: string;
    }
  | { readonly degraded: readonly string[] }
  | "html"
  | "never";

/** What to answer to the request; undefined for the usual. */
export type Plan = (
  asked: Asked,
  index: number,
) => Answer | Promise<Answer | undefined> | undefined;

export interface FakeService {
  readonly url: string;
  /** In order. */
  readonly asked: Asked[];
  readonly posts: Map<string, MediaAnswer>;
  /** The most requests that were under way at a time. */
  readonly most: () => number;
}

/** Serves until the test ends. */
export async function serving(t: TestContext, plan: Plan = () => undefined): Promise<FakeService> {
  const asked: Asked[] = [];
  const posts = new Map<string, MediaAnswer>();
  let underWay = 0;
  let most = 0;
  const server = createServer((request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    response.on("close", () => (underWay -= 1));
    void (async () => {
      const one = await read(request);
      asked.push(one);
      const answer = await plan(one, asked.length - 1);
      reply(response, one, posts, answer);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, posts, most: () => most };
}

/** An address at which nobody answers any more. */
export async function absent(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${port}`;
}

/** The entries in turn, and the usual answer from then on. */
export function inTurn(...answers: readonly Answer[]): Plan {
  return (_asked, index) => answers[index];
}

export const always =
  (answer: Answer): Plan =>
  () =>
    answer;

export const LEGACY_VECTOR: readonly number[] = [0.6, 0.8];

function reply(
  response: ServerResponse,
  { path, fields }: Asked,
  posts: Map<string, MediaAnswer>,
  answer: Answer | undefined,
): void {
  if (answer === "html") {
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>hello</h1>");
  } else if (answer === "never") {
    return;
  } else if (answer !== undefined && "status" in answer) {
    const { status, slug = "unavailable", retryAfter } = answer;
    const detail = answer.detail ?? `told to be ${status}`;
    const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    const type = `urn:feedlens:problem:${slug}`;
    response.writeHead(status, { "content-type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ type, title: slug, status, detail }));
  } else if (path === "/embed-image") {
    json(response, 200, { embedding: LEGACY_VECTOR, dimension: 2, model: {} });
  } else {
    const known = posts.has(fields["media_id"] ?? "");
    const post = postOf(fields, posts, answer?.degraded ?? []);
    json(response, known ? 200 : 201, post);
  }
}

function postOf(
  fields: Asked["fields"],
  posts: Map<string, MediaAnswer>,
  degraded: readonly string[],
): MediaAnswer {
  const { media_id = "", author_id = "", caption = null, created_at = "" } = fields;
  const stored = posts.get(media_id) ?? { media_id, author_id, caption, created_at };
  const post = { ...stored, degraded: [...degraded] } as MediaAnswer;
  posts.set(media_id, post);
  return post;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<Asked> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { authorization } = request.headers;
  const form = fieldsOf(request.headers["content-type"] ?? "", Buffer.concat(pieces));
  return { path: request.url ?? "", authorization, fields: form };
}

function fieldsOf(contentType: string, body: Buffer): Record<string, string> {
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1] ?? "";
  const parts = body.toString("latin1").split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const [head = "", ...content] = part.slice(2, -2).split("\r\n\r\n");
      return [/name="([^"]*)"/.exec(head)?.[1] ?? "", content.join("\r\n\r\n")];
    }),
  );
}
