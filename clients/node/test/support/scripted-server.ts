/** A server on the loopback that answers as a test says, and tells what it was asked. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What was asked; `body` is the whole of it, as UTF-8. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** What to answer; bytes are a JPEG, anything else is JSON, a problem from 400 on. */
export interface Scripted {
  readonly status?: number;
  readonly body?: unknown;
}

/** Serves until the test ends; answers the script's entries in turn, and its last one from then on. */
export async function serving(
  t: TestContext,
  ...script: readonly Scripted[]
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const answer = script[Math.min(asked.length, script.length - 1)];
      assert.ok(answer, "nothing is to be asked");
      const { status = 200, body } = answer;
      asked.push({
        method: request.method ?? "",
        path: request.url ?? "",
        contentType: request.headers["content-type"] ?? "",
        body: Buffer.concat(pieces).toString(),
      });
      response.writeHead(status, { "content-type": typeOf(status, body) });
      response.end(body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A problem as Feedlens words them. */
export function problem(status: number, slug: string, detail: string): Scripted {
  const type = `urn:feedlens:problem:${slug}`;
  return { status, body: { type, title: slug, status, detail } };
}

function typeOf(status: number, body: unknown): string {
  if (body instanceof Uint8Array) return "image/jpeg";
  return status >= 400 ? "application/problem+json" : "application/json";
}

/** The text fields of a multipart body, and of a file its name and its content. */
export function fieldsOf(asked: Asked): Record<string, string> {
  const boundary = /boundary=(.+)$/.exec(asked.contentType)?.[1];
  assert.ok(boundary, `${asked.contentType} is no form`);
  const parts = asked.body.split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const [head = "", ...content] = part.slice(2, -2).split("\r\n\r\n");
      const name = /name="([^"]*)"/.exec(head)?.[1] ?? "";
      const file = /filename="([^"]*)"/.exec(head)?.[1];
      const text = content.join("\r\n\r\n");
      return [name, file === undefined ? text : `${file}: ${text}`];
    }),
  );
}
