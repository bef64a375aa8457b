import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import {
  ConflictError,
  ConnectionError,
  type FeedlensError,
  InvalidInputError,
  InvalidRequestError,
  isPermanent,
  MediaWorker,
  type MediaWorkerOptions,
  ServerError,
  UnavailableError,
} from "../../src/index.js";
import { absent, always, inTurn, serving } from "./fake-service.js";

/** Waits that a test does not notice. */
const QUICK = { firstDelayMs: 1, maxDelayMs: 2 };

const worker = (url: string, options: MediaWorkerOptions = {}) =>
  new MediaWorker({ url, retries: QUICK, ...options });
const text = (media_id: string) => ({ media_id, author_id: "a", caption: `post ${media_id}` });

test("a post is stored, its file and fields as they were given", async (t) => {
  const service = await serving(t);
  const result = await worker(service.url).process({
    ...text("m1"),
    file: Buffer.from("picture"),
    created_at: new Date("2026-01-02T03:04:05Z"),
    likes: 7,
  });
  assert.deepEqual(service.asked[0]?.fields, {
    media_id: "m1",
    author_id: "a",
    caption: "post m1",
    created_at: "2026-01-02T03:04:05.000Z",
    likes: "7",
    file: "picture",
  });
  const { post, ...rest } = result;
  assert.equal(post?.media_id, "m1");
  assert.deepEqual(rest, {
    media_id: "m1",
    path: "multimodal",
    created: true,
    degraded: [],
    fallback: null,
    attempts: 1,
  });
});

test("the same job again finds its post stored", async (t) => {
  const service = await serving(t);
  const { process } = worker(service.url); // no queue calls it as a method
  await process(text("m1"));
  assert.equal((await process(text("m1"))).created, false);
  assert.equal(service.posts.size, 1);
});

test("what may pass is tried again, with the same date, and told by onRetry", async (t) => {
  const service = await serving(t, inTurn({ status: 503 }, { status: 502 }, { status: 429 }));
  const retries: [number | undefined, string][] = [];
  const result = await worker(service.url, {
    onRetry: (error, waitMs, job) => {
      assert.ok(waitMs >= 0 && waitMs <= 2);
      retries.push([error.status, job.media_id]);
    },
  }).process(text("m1"));
  assert.equal(result.attempts, 4);
  assert.deepEqual(retries, [[503, "m1"], [502, "m1"], [429, "m1"]]); // prettier-ignore
  assert.equal(new Set(service.asked.map(({ fields }) => fields["created_at"])).size, 1);
});

test("Retry-After is waited for", async (t) => {
  const service = await serving(t, inTurn({ status: 503, retryAfter: 1 }));
  const waits: number[] = [];
  await worker(service.url, { onRetry: (_, waitMs) => waits.push(waitMs) }).process(text("m1"));
  assert.equal(waits.length, 1);
  assert.ok(waits.every((waitMs) => waitMs >= 1000 && waitMs <= 1002));
});

test("a job that fails until its time is over rejects with the service's last word", async (t) => {
  const service = await serving(t, always({ status: 503 }));
  const failing = worker(service.url, { retries: { ...QUICK, maxRetries: 3 } }).process(text("m1"));
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof UnavailableError && !isPermanent(error));
    assert.equal(error.status, 503);
    return true;
  });
  assert.equal(service.asked.length, 4);
});

const FAULTS = [
  [409, ConflictError],
  [422, InvalidRequestError],
] as const;

for (const [status, kind] of FAULTS) {
  test(`a ${status} is the job's own fault: one attempt`, async (t) => {
    const service = await serving(t, always({ status, slug: "a-fault" }));
    await assert.rejects(worker(service.url).process(text("m1")), (error) => {
      assert.ok(error instanceof kind && isPermanent(error));
      assert.equal(error.type, "urn:feedlens:problem:a-fault");
      return true;
    });
    assert.equal(service.asked.length, 1);
  });
}

test("a defect of the service is not the job's fault", async (t) => {
  const service = await serving(t, always({ status: 500 }));
  await assert.rejects(
    worker(service.url).process(text("m1")),
    (error) => error instanceof ServerError && !isPermanent(error),
  );
});

test("a job that can't be meant rejects, and asks nobody", async (t) => {
  const service = await serving(t);
  const one = worker(service.url);
  const camel = { mediaId: "m", author_id: "a" } as unknown as ReturnType<typeof text>;
  await assert.rejects(one.process(camel), (error) => isPermanent(error));
  await assert.rejects(one.process({ ...text("m"), file: "/no/such/file.jpg" }), InvalidInputError);
  await assert.rejects(one.process(text("m"), { retries: { maxRetries: -1 } }), InvalidInputError);
  const noSignal = { signal: "now" } as unknown as { signal: AbortSignal };
  await assert.rejects(one.process(text("m"), noSignal), InvalidInputError);
  assert.equal(service.asked.length, 0);
  assert.equal(one.running, 0);
});

test("four jobs at a time, and one at a time for a post", async (t) => {
  const underWay = new Set<string>();
  const service = await serving(t, async ({ fields: { media_id = "" } }) => {
    assert.ok(!underWay.has(media_id), `${media_id} twice at a time`);
    underWay.add(media_id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    underWay.delete(media_id);
    return undefined;
  });
  const one = worker(service.url);
  const jobs = Array.from({ length: 60 }, (_, index) => one.process(text(`m${index % 20}`)));
  assert.equal(one.running + one.waiting, 60);
  const results = await Promise.all(jobs);
  assert.equal(results.filter(({ created }) => created).length, 20);
  assert.equal(service.most(), 4);
  assert.deepEqual([one.running, one.waiting], [0, 0]);
});

test("an abort ends a job under way, and one in line, and leaves nothing on the signal", async (t) => {
  const service = await serving(t, always("never"));
  const one = worker(service.url, { concurrency: 1 });
  const controller = new AbortController();
  const jobs = ["m1", "m2"].map((id) => one.process(text(id), { signal: controller.signal }));
  while (service.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual([one.running, one.waiting], [1, 1]);
  const ended = Promise.allSettled(jobs);
  controller.abort(new Error("enough"));
  for (const outcome of await ended) {
    assert.equal(outcome.status, "rejected");
    const error = outcome.reason as FeedlensError;
    assert.equal(error.name, "AbortError");
    assert.equal((error.cause as Error).message, "enough");
  }
  assert.deepEqual([one.running, one.waiting], [0, 0]);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("a thousand jobs on one signal: no warning of a leak, and nothing left on it", async (t) => {
  const service = await serving(t);
  const warnings: Error[] = [];
  const hear = (warning: Error) => warnings.push(warning);
  process.on("warning", hear);
  t.after(() => process.off("warning", hear));
  const { signal } = new AbortController();
  const one = worker(service.url);
  const jobs = Array.from({ length: 1000 }, (_, index) =>
    one.process(text(`m${index}`), { signal }),
  );
  await Promise.all(jobs);
  assert.equal(service.posts.size, 1000);
  assert.deepEqual(warnings, []);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("hooks that throw or reject hinder no job", async (t) => {
  const service = await serving(t, inTurn({ status: 503 }, { status: 503 }));
  const lines: string[] = [];
  let calls = 0;
  const result = await worker(service.url, {
    log: (line) => lines.push(line),
    onRetry: () => {
      calls += 1;
      if (calls === 1) throw new Error("thrown");
      return Promise.reject(new Error("rejected"));
    },
  }).process(text("m1"));
  assert.equal(result.attempts, 3);
  assert.ok(lines.includes('"m1" a hook failed: "Error: thrown"'));
  assert.ok(lines.includes('"m1" a hook failed: "Error: rejected"'));
});

test("nobody there: a ConnectionError, for the queue to keep the job", async () => {
  const one = worker(await absent(), { retries: { maxRetries: 1, ...QUICK } });
  await assert.rejects(
    one.process(text("m1")),
    (error) => error instanceof ConnectionError && !isPermanent(error),
  );
});

test("run tells what came of each job, and takes a fault for no end", async (t) => {
  const service = await serving(t, ({ fields }) =>
    fields["media_id"] === "m2" ? { status: 409, slug: "conflict" } : undefined,
  );
  const told: Record<string, string> = {};
  for await (const outcome of worker(service.url).run(["m1", "m2", "m3"].map(text))) {
    told[outcome.job.media_id] =
      outcome.status === "fulfilled" ? outcome.value.path : (outcome.reason as Error).name;
  }
  assert.deepEqual(told, { m1: "multimodal", m2: "ConflictError", m3: "multimodal" });
});

test("an abort of run ends what is under way, tells it, and takes no more", async (t) => {
  const service = await serving(t, always("never"));
  const one = worker(service.url, { concurrency: 2 });
  const controller = new AbortController();
  const told: string[] = [];
  const running = (async () => {
    const jobs = ["m1", "m2", "m3"].map(text);
    for await (const { job, status } of one.run(jobs, { signal: controller.signal })) {
      told.push(`${job.media_id} ${status}`);
    }
  })();
  while (service.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort();
  await assert.rejects(running, { name: "AbortError" });
  assert.deepEqual(told.sort(), ["m1 rejected", "m2 rejected"]);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  await assert.rejects(one.run([], { signal: controller.signal }).next(), { name: "AbortError" });
});

test("leaving run aborts what is under way", async (t) => {
  const service = await serving(t, ({ fields }) =>
    fields["media_id"] === "m1" ? undefined : "never",
  );
  const one = worker(service.url);
  for await (const { job } of one.run(["m1", "m2", "m3"].map(text))) {
    assert.equal(job.media_id, "m1");
    break;
  }
  assert.deepEqual([one.running, one.waiting], [0, 0]);
});

test("no line of the log has what users or a foreign page wrote", async (t) => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const service = await serving(t, inTurn({ status: 503, detail: "a secret caption" }));
  const one = worker(service.url, { log, maxRepairs: 0 });
  await one.process({ media_id: "m\n1", author_id: "a", caption: "a secret caption" });
  const page = await serving(t, ({ path }) => (path === "/v1/media" ? "html" : undefined));
  await worker(page.url, { log, legacy: { store: () => Promise.resolve() } }).process({
    ...text("m2"),
    file: Buffer.from("picture"),
  });
  assert.ok(lines.some((line) => /^"m\\n1" again in/.test(line)));
  assert.ok(lines.some((line) => line.startsWith('"m2" goes to the legacy endpoint')));
  for (const line of lines) assert.doesNotMatch(line, /secret|hello|\n/);
});
