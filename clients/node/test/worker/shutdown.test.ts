import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  InvalidInputError,
  isPermanent,
  MediaWorker,
  type MediaWorkerOptions,
  WorkerClosedError,
} from "../../src/index.js";
import { always, type Plan, serving } from "./fake-service.js";

const text = (media_id: string) => ({ media_id, author_id: "a", caption: `post ${media_id}` });
const worker = (url: string, options: MediaWorkerOptions = {}) =>
  new MediaWorker({ url, ...options });

const slowly: Plan = () => sleep(20, undefined);

test("close waits for what was given before, and takes no more", async (t) => {
  const service = await serving(t, slowly);
  const one = worker(service.url, { concurrency: 2 });
  const jobs = ["m1", "m2", "m3", "m4", "m5"].map((id) => one.process(text(id)));
  const closed = one.close();
  await assert.rejects(one.process(text("m6")), (error) => {
    assert.ok(error instanceof WorkerClosedError && !isPermanent(error));
    assert.equal(error.type, "urn:feedlens:client:worker-closed");
    return true;
  });
  await closed;
  assert.deepEqual(
    (await Promise.all(jobs)).map(({ media_id, created }) => [media_id, created]),
    ["m1", "m2", "m3", "m4", "m5"].map((id) => [id, true]),
  );
  assert.deepEqual([...service.posts.keys()].sort(), ["m1", "m2", "m3", "m4", "m5"]);
});

test("after its time close ends what is left: the queue keeps each of them", async (t) => {
  const service = await serving(t, always("never"));
  const one = worker(service.url, { concurrency: 2 });
  const jobs = ["m1", "m2", "m3"].map((id) => one.process(text(id)));
  const settled = Promise.allSettled(jobs);
  await one.close({ timeoutMs: 50 });
  assert.deepEqual([one.running, one.waiting], [0, 0]);
  for (const [index, outcome] of (await settled).entries()) {
    assert.equal(outcome.status, "rejected");
    assert.ok(outcome.reason instanceof WorkerClosedError, String(outcome.reason));
    assert.match(outcome.reason.message, index === 2 ? /m3/ : /closed/);
  }
});

test("close without time ends at once what waits for another attempt", async (t) => {
  const service = await serving(t, always({ status: 503, retryAfter: 60 }));
  const one = worker(service.url);
  const job = one.process(text("m1"));
  const ended = assert.rejects(job, (error) => error instanceof WorkerClosedError);
  while (service.asked.length === 0) await sleep(1);
  await sleep(20);
  await one.close({ timeoutMs: 0 });
  await ended;
});

test("who aborts a job hears of that, not of the shutdown after it", async (t) => {
  const service = await serving(t, always("never"));
  const one = worker(service.url);
  const controller = new AbortController();
  const job = one.process(text("m1"), { signal: controller.signal });
  const ended = assert.rejects(job, { name: "AbortError" });
  controller.abort();
  await one.close({ timeoutMs: 0 });
  await ended;
});

test("drain waits for what is there, and the worker stays open", async (t) => {
  const service = await serving(t, slowly);
  const one = worker(service.url, { concurrency: 1 });
  const jobs = ["m1", "m2"].map((id) => one.process(text(id)));
  await one.drain();
  assert.equal(service.posts.size, 2);
  await Promise.all(jobs);
  assert.equal((await one.process(text("m3"))).created, true);
  await one.drain();
});

test("a drain hears of no failure: who gave the job does", async (t) => {
  const service = await serving(t, always({ status: 409 }));
  const one = worker(service.url);
  const failing = assert.rejects(one.process(text("m1")));
  await one.drain();
  await failing;
});

test("a closed worker ends run, after it told what was under way", async (t) => {
  const service = await serving(t, slowly);
  const one = worker(service.url, { concurrency: 2 });
  function* endless() {
    for (let index = 0; ; index += 1) yield text(`m${index}`);
  }
  const told = new Map<string, string>();
  await assert.rejects(
    async () => {
      for await (const outcome of one.run(endless())) {
        const { status, job } = outcome;
        told.set(job.media_id, status);
        if (status === "rejected") assert.ok(outcome.reason instanceof WorkerClosedError);
        if (told.size === 3) void one.close();
      }
    },
    (error) => error instanceof WorkerClosedError,
  );
  const done = [...told].filter(([, status]) => status === "fulfilled").map(([id]) => id);
  assert.deepEqual(done.sort(), [...service.posts.keys()].sort());
});

test("await using closes it", async (t) => {
  const service = await serving(t, slowly);
  const job = await (async () => {
    await using one = worker(service.url);
    return { done: one.process(text("m1")), one };
  })();
  assert.equal(service.posts.size, 1);
  await job.done;
  await assert.rejects(job.one.process(text("m2")), WorkerClosedError);
});

test("closing twice is closing once, and a time that is none is refused", async (t) => {
  const service = await serving(t);
  const one = worker(service.url);
  await assert.rejects(one.close({ timeoutMs: Number.NaN }), InvalidInputError);
  await one.process(text("m1")); // still open
  await Promise.all([one.close(), one.close({ timeoutMs: Infinity })]);
});
