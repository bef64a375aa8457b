/** After many calls of every outcome the process has open what it had before. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { clientOf, failureOf, feed, upload } from "./calls.js";
import { json, problem, serving } from "./loopback.js";
import { connectionsTo, openFiles, settled } from "./resources.js";

const OUTCOMES = ["answers", "refuses", "stalls", "breaks", "cuts", "speaks"] as const;

test("sockets are kept alive and used again", async (t) => {
  const sockets = new Set<unknown>();
  let turn = 0;
  const url = await serving(t, (request, answer) => {
    sockets.add(request.socket);
    request.resume().on("end", () => {
      if (++turn % 3 === 0) problem(answer, 404);
      else json(answer, 200, { items: [] });
    });
  });
  const client = clientOf(url);
  const fates = ["fulfilled", "fulfilled", "rejected"];
  for (let call = 0; call < 50; call += 1) {
    const made = call % 2 === 0 ? feed(client) : upload(client, Buffer.alloc(1_000));
    assert.equal((await Promise.allSettled([made]))[0].status, fates[call % 3]);
  }
  assert.equal(sockets.size, 1);
});

test("nothing stays open and nothing is rejected unheard, whatever came of 300 calls", async (t) => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown): void => void unheard.push(reason);
  process.on("unhandledRejection", listen);
  process.on("uncaughtException", listen);
  t.after(() => process.off("unhandledRejection", listen).off("uncaughtException", listen));
  let turn = 0;
  const url = await serving(t, (request, answer) => {
    const outcome = OUTCOMES[turn++ % OUTCOMES.length];
    request.on("error", () => undefined);
    if (outcome === "answers") request.resume().on("end", () => answer.writeHead(200).end());
    if (outcome === "refuses") problem(answer, 413);
    if (outcome === "breaks") request.once("data", () => request.socket.resetAndDestroy());
    if (outcome === "speaks") answer.writeHead(200, { "content-type": "text/html" }).end("<p>");
    if (outcome !== "cuts") return;
    answer.writeHead(200, { "content-type": "application/json", "content-length": 99 });
    answer.write("{", () => request.socket.destroy());
  });
  const path = process.execPath; // large, and there
  const client = clientOf(url, { timeoutMs: 300 });
  for (let batch = 0; batch < 10; batch += 1) {
    const calls = Array.from({ length: 30 }, (_, number) => {
      const signal = number % 5 === 0 ? AbortSignal.timeout(20 + number) : undefined;
      const options = { signal, timeoutMs: 300 };
      if (number % 3 === 0) return failureOf(feed(client, options));
      return failureOf(upload(client, number % 3 === 1 ? path : Buffer.alloc(3_000_000), options));
    });
    for (const error of await Promise.all(calls)) assert.match(error.type, /^urn:feedlens:/);
  }
  await settled(() => !openFiles().includes(path));
  await settled(() => process.getActiveResourcesInfo().filter((it) => it === "Timeout").length < 5);
  // Of those that are kept alive none waits for longer than the 4 s after which the client closes it.
  await settled(() => connectionsTo(url) === 0);
  assert.deepEqual(unheard, []);
});
