import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  type Fallback,
  isPermanent,
  type MediaJob,
  MediaService,
  MediaWorker,
  UnavailableError,
  VectorEmbeddingService,
} from "../../../src/index.js";
import { pictureOf } from "../pictures.js";
import { control, unique, url } from "../stack.js";

const old = process.env["LEGACY_EMBEDDING_SERVER_URL"];
const media = new MediaService({ url });

function jobsOf(name: string, count: number): MediaJob[] {
  return Array.from({ length: count }, (_, index) => {
    const media_id = unique(`${name}-${index}`);
    const caption = `Number ${index} of ${name}`;
    return { media_id, author_id: "ann", caption, file: pictureOf(media_id) };
  });
}

test("Triton is killed in the middle: uploads go by the old service, and come back later", async () => {
  const kept = new Map<string, number[]>();
  const heard: [string, Fallback][] = [];
  const worker = new MediaWorker({
    url,
    retries: { maxElapsedMs: 1_000 },
    legacy: {
      url: old,
      store: (mediaId, embedding) => Promise.resolve(void kept.set(mediaId, embedding)),
    },
    onFallback: (fallback, job) => heard.push([job.media_id, fallback]),
  });
  const jobs = jobsOf("killed", 40);
  const results = new Map<string, "multimodal" | "legacy">();
  const later: MediaJob[] = [];
  for await (const outcome of worker.run(jobs)) {
    assert.equal(outcome.status, "fulfilled");
    const { media_id, path, degraded, fallback, post } = outcome.value;
    results.set(media_id, path);
    if (path === "legacy" || degraded.length > 0) later.push(outcome.job);
    assert.equal(post === null, path === "legacy");
    assert.equal(fallback === null, path === "multimodal");
    if (results.size === 8) await control("kill-triton");
  }

  assert.deepEqual(new Set(results.keys()), new Set(jobs.map(({ media_id }) => media_id)));
  const byLegacy = [...results].filter(([, path]) => path === "legacy").map(([id]) => id);
  assert.ok(byLegacy.length >= 20, `${byLegacy.length} by the old service`);
  assert.deepEqual(new Set(kept.keys()), new Set(byLegacy));
  assert.deepEqual(new Set(heard.map(([id]) => id)), new Set(byLegacy));
  for (const [, fallback] of heard) {
    assert.equal(fallback.status, 503);
    assert.equal(fallback.type, "urn:feedlens:problem:inference-unavailable");
  }
  const [someId = ""] = byLegacy;
  assert.deepEqual(
    kept.get(someId),
    await new VectorEmbeddingService({ url: old }).generateImageEmbedding(pictureOf(someId)),
  );

  await control("start-triton");
  for await (const outcome of worker.run(later)) {
    assert.equal(outcome.status, "fulfilled");
    assert.deepEqual([outcome.value.path, outcome.value.degraded], ["multimodal", []]);
  }
  for (const { media_id } of jobs) {
    const post = await media.get(media_id);
    assert.deepEqual(post?.degraded, [], media_id);
  }
});

test("without an old service a job waits for Triton, or is the queue's again", async () => {
  const [patient, hurried] = jobsOf("waiting", 2) as [MediaJob, MediaJob];
  await control("kill-triton");
  const retries: number[] = [];
  const worker = new MediaWorker({ url, onRetry: (_, waitMs) => retries.push(waitMs) });
  const waiting = worker.process(patient);
  await assert.rejects(
    worker.process(hurried, { retries: { maxElapsedMs: 100 } }),
    (error) => error instanceof UnavailableError && !isPermanent(error),
  );
  while (retries.length === 0) await sleep(10);
  await control("start-triton");
  const { path, attempts, degraded } = await waiting;
  assert.equal(path, "multimodal");
  assert.deepEqual(degraded, []);
  assert.ok(attempts > 1);
  assert.equal((await worker.process(hurried)).created, true);
});
