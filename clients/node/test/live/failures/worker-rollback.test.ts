import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  type CallOptions,
  FeedRankingService,
  MediaService,
  type MediaJob,
  MediaWorker,
} from "../../../src/index.js";
import { pictureOf } from "../pictures.js";
import { control, unique, url } from "../stack.js";

const media = new MediaService({ url });

function jobOf(name: string): MediaJob {
  const media_id = unique(name);
  return { media_id, author_id: "ann", caption: name, file: pictureOf(media_id) };
}

/** Everything in a new viewer's feed, and the ranker that made it. */
async function feedOf(options: CallOptions & { variant?: string } = {}) {
  const ids = new Set<string>();
  let variant = "";
  for await (const page of new FeedRankingService({ url }).feed(unique("viewer"), options)) {
    for (const { media_id } of page.items) ids.add(media_id);
    ({ variant } = page);
  }
  return { ids, variant };
}

test("the service's flag: uploads go on, and are in the feeds of both sides", async () => {
  const worker = new MediaWorker({ url });
  const [before, during, after] = [jobOf("before"), jobOf("during"), jobOf("after")];
  await worker.process(before);
  assert.equal((await feedOf()).variant, "multimodal");

  await control("rollout", { multimodal: "off" });
  while ((await feedOf()).variant !== "legacy") await sleep(50);
  assert.equal((await worker.process(during)).path, "multimodal");
  const { ids } = await feedOf();
  assert.ok(ids.has(before.media_id) && ids.has(during.media_id));

  await control("rollout", { multimodal: "on" });
  while ((await feedOf()).variant !== "multimodal") await sleep(50);
  await worker.process(after);
  const all = (await feedOf()).ids;
  for (const { media_id } of [before, during, after]) assert.ok(all.has(media_id), media_id);
});

test("the worker's flag: only the old system gets uploads, and the new one later", async (t) => {
  process.env["USE_MULTIMODAL_EMBEDDINGS"] = "false";
  t.after(() => delete process.env["USE_MULTIMODAL_EMBEDDINGS"]);
  const kept = new Map<string, number[]>();
  const store = (mediaId: string, embedding: number[]) => {
    kept.set(mediaId, embedding);
    return Promise.resolve();
  };
  const job = jobOf("rolled back");
  const result = await new MediaWorker({ url, legacy: { store } }).process(job);
  assert.deepEqual([result.path, result.fallback], ["legacy", null]);
  assert.equal(kept.get(job.media_id)?.length, 768);
  assert.equal(await media.get(job.media_id), null);

  process.env["USE_MULTIMODAL_EMBEDDINGS"] = "true";
  const { path, created } = await new MediaWorker({ url, legacy: { store } }).process(job);
  assert.deepEqual([path, created], ["multimodal", true]);
});
