import assert from "node:assert/strict";
import { test } from "node:test";

import { MediaWorker, type MediaWorkerOptions, type Post } from "../../src/index.js";
import { publishWhole } from "../../src/worker/repairs.js";
import { always, inTurn, serving } from "./fake-service.js";

const QUICK = { firstDelayMs: 1, maxDelayMs: 2 };
const JOB = { media_id: "m1", author_id: "a", caption: "hello" };
const DEGRADED = { degraded: ["ocr", "visual"] };

const worker = (url: string, options: MediaWorkerOptions = {}) =>
  new MediaWorker({ url, retries: QUICK, ...options });

test("what a model failed to give is had by the same upload again", async (t) => {
  const service = await serving(t, inTurn(DEGRADED, { degraded: ["ocr"] }));
  const result = await worker(service.url).process(JOB);
  assert.deepEqual(result.degraded, []);
  assert.equal(result.created, true); // by the first of the three
  assert.equal(result.attempts, 3);
  const bodies = service.asked.map(({ fields }) => JSON.stringify(fields));
  assert.equal(new Set(bodies).size, 1);
});

test("what is still missing after that is told", async (t) => {
  const service = await serving(t, always(DEGRADED));
  const result = await worker(service.url).process(JOB);
  assert.deepEqual(result.degraded, ["ocr", "visual"]);
  assert.equal(result.attempts, 3);
  assert.equal(result.path, "multimodal");
});

test("no repairs where none are wanted", async (t) => {
  const service = await serving(t, always(DEGRADED));
  const result = await worker(service.url, { maxRepairs: 0 }).process(JOB);
  assert.equal(result.attempts, 1);
});

for (const status of [503, 409]) {
  test(`a repair that fails by ${status} takes nothing away: the post is stored`, async (t) => {
    const service = await serving(t, inTurn(DEGRADED, { status, slug: "a-word" }));
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const result = await worker(service.url, { log }).process(JOB);
    assert.deepEqual(result.degraded, ["ocr", "visual"]);
    assert.equal(result.created, true);
    const name = status === 503 ? "UnavailableError" : "ConflictError";
    const error = `${name} ${status} urn:feedlens:problem:a-word`;
    assert.ok(lines.includes(`"m1" is stored, and its repair failed: ${error}`), lines.join("\n"));
  });
}

test("a defect of ours in a repair is not taken for a missing model", async () => {
  const whole = { media_id: "m1", degraded: ["ocr"] } as unknown as Post;
  let calls = 0;
  const publish = () => {
    calls += 1;
    if (calls > 1) return Promise.reject(new TypeError("a defect"));
    return Promise.resolve({ post: whole, created: true });
  };
  const failing = publishWhole(publish, {
    policy: { maxRetries: 0, maxElapsedMs: 1_000, ...QUICK },
    maxRepairs: 2,
    signal: new AbortController().signal,
    onRetry: () => undefined,
    onRepairFailed: () => undefined,
  });
  await assert.rejects(failing, { name: "TypeError", message: "a defect" });
});

test("a shutdown ends the repairs: the post is stored, and the job done", async (t) => {
  const service = await serving(t, always(DEGRADED));
  const slow = { firstDelayMs: 60_000, maxDelayMs: 60_000 };
  const one = worker(service.url, { retries: slow });
  const job = one.process(JOB);
  while (service.posts.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await one.close({ timeoutMs: 100 });
  assert.deepEqual((await job).degraded, ["ocr", "visual"]);
});
