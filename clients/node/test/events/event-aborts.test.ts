import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import { EventServer } from "./event-server.js";
import { event, NEVER, numbered } from "./given-events.js";

await test("an abort takes out what waits, and leaves no listener on the signal", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service(NEVER);
  const ending = new AbortController();
  const reason = new Error("the user left");

  const aborted = service.recordEvents([event("a")], { signal: ending.signal });
  const stays = service.recordEvents([event("b")], { signal: new AbortController().signal });
  ending.abort(reason);
  await assert.rejects(aborted, { name: "AbortError", cause: reason });
  await service.flush();
  await stays;

  assert.deepEqual(server.requests, [["b"]]);
  assert.equal(getEventListeners(ending.signal, "abort").length, 0);
  await assert.rejects(service.recordEvents([event("c")], { signal: ending.signal }), {
    name: "AbortError",
    cause: reason,
  });
});

await test("an abort under way leaves the request to the other calls in it", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service();
  const release = server.hold();
  const ending = new AbortController();

  const aborted = service.recordEvents([event("a")], { signal: ending.signal });
  const stays = service.recordEvents([event("b")]);
  await server.arrived(1);
  ending.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  release();
  await stays;

  assert.deepEqual([...server.stored.keys()], ["a", "b"]);
  assert.equal(server.abandoned, 0);
});

await test("a request that nobody waits for any more is ended, and the next one goes", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ maxWaitMs: 0 });
  const release = server.hold();
  const ending = new AbortController();

  const aborted = service.recordEvents([event("a")], { signal: ending.signal });
  await server.arrived(1);
  ending.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  await server.givenUp(1);
  release();
  await service.recordEvents([event("b")]);

  assert.deepEqual(server.requests, [["a"], ["b"]]);
});

await test("one signal of a thousand calls has one listener", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service();
  const { signal } = new AbortController();

  const calls = numbered(1_000).map((one) => service.recordEvents([one], { signal }));
  const listeners = getEventListeners(signal, "abort").length;
  await Promise.all(calls);

  assert.ok(listeners <= 1, String(listeners));
  assert.equal(getEventListeners(signal, "abort").length, 0);
  assert.equal(server.stored.size, 1_000);
});
