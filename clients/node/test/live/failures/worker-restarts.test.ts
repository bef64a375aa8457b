import assert from "node:assert/strict";
import { test } from "node:test";

import { type MediaJob, MediaWorker, QdrantService } from "../../../src/index.js";
import { pictureOf } from "../pictures.js";
import { control, unique, url } from "../stack.js";

const UPLOADS = 1_000;
const RESTARTS: ReadonlySet<number> = new Set([300, 600]);

test("1,000 uploads, the server killed and started twice in between: all stored, none twice", async () => {
  // A search finds at most 100 posts: here the 50 of an author.
  const authors = Array.from({ length: 20 }, () => unique("author"));
  const jobs = Array.from({ length: UPLOADS }, (_, index): MediaJob => {
    const media_id = unique(`upload-${index}`);
    const author_id = authors[index % authors.length] ?? "";
    const file = index % 4 === 0 ? pictureOf(media_id) : undefined;
    return { media_id, author_id, caption: `Upload ${index}`, file };
  });
  let retries = 0;
  const worker = new MediaWorker({ url, onRetry: () => (retries += 1) });
  const told = new Map<string, number>();
  const restarts: Promise<void>[] = [];
  for await (const outcome of worker.run(jobs)) {
    assert.equal(outcome.status, "fulfilled", String((outcome as PromiseRejectedResult).reason));
    assert.deepEqual([outcome.value.path, outcome.value.degraded], ["multimodal", []]);
    told.set(outcome.job.media_id, (told.get(outcome.job.media_id) ?? 0) + 1);
    if (RESTARTS.has(told.size)) restarts.push(control("restart-orchestrator"));
  }
  await Promise.all(restarts);
  await worker.close();
  assert.ok(retries > 0, "no upload noticed a restart");
  assert.deepEqual(told, new Map(jobs.map(({ media_id }) => [media_id, 1])));

  const search = new QdrantService({ url });
  for (const author_id of authors) {
    const options = { limit: 100, filter: { author_ids: [author_id] } };
    const found = await search.searchSimilarMediaText("Upload", options);
    const expected = jobs.filter((job) => job.author_id === author_id);
    assert.deepEqual(
      found.map(({ media_id, caption }) => `${media_id} ${caption}`).sort(),
      expected.map(({ media_id, caption }) => `${media_id} ${caption}`).sort(),
    );
  }
});
