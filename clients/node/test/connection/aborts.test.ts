/** A caller's AbortSignal: before, during and after a call, alone and shared by a thousand. */

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import { onAbort } from "../../src/connection/aborts.js";
import { pause } from "../../src/connection/retries.js";
import { AbortedError, InvalidInputError, NoAnswerError } from "../../src/index.js";
import { clientOf, failureOf, feed } from "./calls.js";
import { json, problem, serving } from "./loopback.js";
import { connectionsTo, settled } from "./resources.js";

test("a signal that is aborted already sends nothing", async (t) => {
  let requests = 0;
  const url = await serving(t, (_, answer) => {
    requests += 1;
    json(answer, 200, {});
  });
  const error = await failureOf(feed(clientOf(url), { signal: AbortSignal.abort("why not") }));
  assert.ok(error instanceof AbortedError && error instanceof NoAnswerError);
  assert.equal(error.name, "AbortError");
  assert.equal(error.cause, "why not");
  assert.equal(error.type, "urn:feedlens:client:aborted");
  assert.equal(requests, 0);
});

test("an abort before the head, and within the body, ends call and connection", async (t) => {
  for (const begun of [false, true]) {
    const url = await serving(t, (_, answer) => {
      if (!begun) return;
      answer.writeHead(200, { "content-type": "application/json", "content-length": 99 });
      answer.write("{");
    });
    const ending = new AbortController();
    setTimeout(() => {
      ending.abort();
    }, 50);
    const retries = { maxRetries: 5 };
    const error = await failureOf(feed(clientOf(url, { retries }), { signal: ending.signal }));
    assert.equal(error.constructor, AbortedError);
    assert.equal(error.cause, ending.signal.reason);
    assert.match(error.message, /aborted by the caller/);
    assert.equal(getEventListeners(ending.signal, "abort").length, 0);
    await settled(() => connectionsTo(url) === 0);
  }
});

test("an abort while waiting for another attempt ends the wait", async (t) => {
  let requests = 0;
  const ending = new AbortController();
  const url = await serving(t, (_, answer) => {
    requests += 1;
    problem(answer, 503, {}, { "retry-after": "20" });
    setTimeout(() => {
      ending.abort("closing");
    }, 50);
  });
  const error = await failureOf(
    feed(clientOf(url, { retries: { maxRetries: 2 } }), { signal: ending.signal }),
  );
  assert.equal(error.constructor, AbortedError);
  assert.equal(error.cause, "closing");
  assert.equal(requests, 1);
});

test("an abort after the answer changes nothing", async (t) => {
  const url = await serving(t, (_, answer) => {
    json(answer, 200, { items: [1] });
  });
  const ending = new AbortController();
  const answer = await feed(clientOf(url), { signal: ending.signal });
  ending.abort();
  assert.deepEqual(answer, { items: [1] });
});

test("a caller's own timeout is an AbortedError, and is not tried again", async (t) => {
  let requests = 0;
  const url = await serving(t, () => {
    requests += 1;
  });
  const client = clientOf(url, { retries: { maxRetries: 5 } });
  const error = await failureOf(feed(client, { signal: AbortSignal.timeout(100) }));
  assert.equal(error.constructor, AbortedError);
  assert.equal((error.cause as Error).name, "TimeoutError");
  assert.ok(requests <= 1); // none, where the machine is too busy for one in that time
});

test("a thousand calls share a signal without a warning, and leave no listener", async (t) => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  t.after(() => process.off("warning", listen));
  const url = await serving(t, (_, answer) => {
    setTimeout(() => {
      json(answer, 200, { items: [] });
    }, 20);
  });
  const { signal } = new AbortController();
  const client = clientOf(url, { timeoutMs: 60_000 });
  for (let batch = 0; batch < 20; batch += 1) {
    await Promise.all(Array.from({ length: 50 }, () => feed(client, { signal })));
  }
  assert.equal(getEventListeners(signal, "abort").length, 0);
  assert.deepEqual(warnings, []);
});

test("one abort ends a hundred calls at once", async (t) => {
  const url = await serving(t, () => undefined);
  const ending = new AbortController();
  const client = clientOf(url);
  const calls = Array.from({ length: 100 }, () =>
    failureOf(feed(client, { signal: ending.signal })),
  );
  assert.equal(getEventListeners(ending.signal, "abort").length, 1);
  ending.abort("all of you");
  for (const error of await Promise.all(calls)) {
    assert.equal(error.constructor, AbortedError);
    assert.equal(error.cause, "all of you");
  }
  assert.equal(getEventListeners(ending.signal, "abort").length, 0);
});

test("what is no signal is refused by name", async () => {
  const signal = new AbortController() as unknown as AbortSignal;
  const error = await failureOf(feed(clientOf("http://127.0.0.1:1"), { signal }));
  assert.equal(error.constructor, InvalidInputError);
  assert.match(error.message, /the option signal is no AbortSignal/);
});

test("onAbort calls each act once, but for those taken back, in between too", () => {
  const ending = new AbortController();
  const called: string[] = [];
  const act = (name: string) => () => void called.push(name);
  const same = act("same");
  onAbort(ending.signal, same);
  onAbort(ending.signal, same);
  onAbort(ending.signal, act("taken back"))();
  const forget = onAbort(ending.signal, act("last"));
  ending.abort();
  forget();
  assert.deepEqual(called, ["same", "same", "last"]);
  assert.equal(getEventListeners(ending.signal, "abort").length, 0);
});

test("a pause leaves no listener, over or aborted", async () => {
  const ending = new AbortController();
  await pause(1, ending.signal);
  assert.equal(getEventListeners(ending.signal, "abort").length, 0);
  const waiting = pause(1e12, ending.signal);
  ending.abort("now");
  await assert.rejects(waiting, { name: "AbortError", cause: "now" });
});
