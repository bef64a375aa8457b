/** DEBUG=feedlens: what is said of a call, and what never is. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { logFromEnvironment } from "../../src/connection/debug.js";
import { getMedia, postFeed } from "../../src/generated/index.js";
import { clientOf, failureOf, feed } from "./calls.js";
import { json, problem, serving } from "./loopback.js";

test("a line a request, with neither query nor what users and strangers wrote", async (t) => {
  const lines: string[] = [];
  let status = 200;
  const url = await serving(t, (_, answer) => {
    if (status === 200) json(answer, 200, { items: [] });
    else if (status === 422) problem(answer, 422, { detail: "caption 'my secret' is bad" });
    else answer.writeHead(status, { "content-type": "text/html" }).end("my secret");
  });
  const client = clientOf(url, { log: (line) => void lines.push(line) });
  await client.call((attempt) =>
    postFeed({ ...attempt, body: { user_id: "my secret" }, query: { explain: true } }),
  );
  for (status of [422, 404]) await failureOf(feed(client));
  status = 200;
  await client.call((attempt) => getMedia({ ...attempt, path: { media_id: "a\nb" } }));
  assert.deepEqual(
    lines.map((line) => line.replace(/\d+\.\d ms/, "… ms")),
    [
      "POST /v1/feed 200 … ms",
      "POST /v1/feed failed after … ms: InvalidRequestError 422 urn:feedlens:problem:x",
      "POST /v1/feed failed after … ms: UnexpectedAnswerError 404 urn:feedlens:client:unexpected-answer",
      "GET /v1/media/a%0Ab 200 … ms",
    ],
  );
});

test("a log that fails does not fail the call", async (t) => {
  const url = await serving(t, (_, answer) => {
    json(answer, 200, { items: [] });
  });
  const log = () => {
    throw new Error("no space left on device");
  };
  assert.deepEqual(await feed(clientOf(url, { log })), { items: [] });
});

test("DEBUG turns it on as the debug package reads it", (t) => {
  const before = process.env["DEBUG"];
  t.after(() => {
    if (before === undefined) delete process.env["DEBUG"];
    else process.env["DEBUG"] = before;
  });
  const isOn = (value: string): boolean => {
    process.env["DEBUG"] = value;
    return logFromEnvironment() !== undefined;
  };
  for (const on of ["feedlens", "*", "express, feedlens", "a feedlens*"]) assert.ok(isOn(on), on);
  for (const off of ["", "true", "express", "*,-feedlens", "notfeedlens"]) {
    assert.ok(!isOn(off), off);
  }
});
