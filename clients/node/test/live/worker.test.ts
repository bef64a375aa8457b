import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import {
  type FeedlensError,
  isPermanent,
  MediaService,
  type MediaJob,
  MediaWorker,
  NoLegacyVectorError,
  TooLargeError,
  VectorEmbeddingService,
} from "../../src/index.js";
import { body, serveMedia } from "../downloads/media-server.js";
import { pictureOf } from "./pictures.js";
import { sample } from "./samples.js";
import { unique, url } from "./stack.js";

const media = new MediaService({ url });
const worker = new MediaWorker({ url });

const jobOf = (name: string, job: Partial<MediaJob> = {}): MediaJob => ({
  media_id: unique(name),
  author_id: "ann",
  ...job,
});

test("a picture, a video and a text of a queue are stored", async () => {
  const jobs = [
    jobOf("picture", { file: sample("raccoon.jpg"), caption: "A raccoon", likes: 4 }),
    jobOf("video", { file: sample("two-gardens.mp4") }),
    jobOf("text", { caption: "Nothing to see" }),
  ];
  const types: Record<string, string> = {};
  for await (const outcome of worker.run(jobs)) {
    assert.equal(outcome.status, "fulfilled");
    const { value } = outcome;
    assert.deepEqual(
      [value.path, value.created, value.degraded, value.fallback, value.attempts],
      ["multimodal", true, [], null, 1],
    );
    assert.deepEqual(await media.get(value.media_id), value.post);
    types[value.media_id] = value.post?.media_type ?? "";
  }
  const expected = ["image", "video", "text"].map((type, index) => [jobs[index]?.media_id, type]);
  assert.deepEqual(types, Object.fromEntries(expected));
});

test("the same job again, also through JSON, finds its post and changes nothing of it", async () => {
  const file = await readFile(sample("espresso-cup.jpg"));
  const job = jobOf("again", { file, caption: "Coffee" });
  const first = await worker.process(job);
  const sent = JSON.stringify({ ...job, created_at: "2020-01-01T00:00:00Z" });
  const second = await worker.process(JSON.parse(sent) as MediaJob);
  assert.deepEqual([first.created, second.created], [true, false]);
  assert.deepEqual(second.post, first.post);
});

test("many of the same job at once: one creates the post", async () => {
  const job = jobOf("at-once", { file: pictureOf(unique("noise")) });
  const others = new MediaWorker({ url });
  const results = await Promise.all(
    [worker, others, worker, others, worker].map(({ process }) => process(job)),
  );
  assert.equal(results.filter(({ created }) => created).length, 1);
});

test("a job that contradicts what is stored, or can't be stored, is at fault itself", async () => {
  const job = jobOf("faults", { caption: "one" });
  await worker.process(job);
  const inAWeek = new Date(Date.now() + 7 * 86_400_000);
  const faults: [MediaJob, string, RegExp][] = [
    [{ ...job, caption: "another" }, "ConflictError", /another caption/],
    [jobOf("x", { file: Buffer.from("no picture") }), "UndecodableMediaError", /not a picture/],
    [jobOf("x", { caption: "x".repeat(10_001) }), "TooLargeError", /10,?000/],
    [jobOf("x", { caption: "x", created_at: inAWeek }), "InvalidRequestError", /created_at/],
    [jobOf("x", { file: "/no/such/file.jpg" }), "InvalidInputError", /no\/such\/file/],
  ];
  for (const [fault, name, message] of faults) {
    await assert.rejects(worker.process(fault), (error: FeedlensError) => {
      assert.equal(error.name, name);
      assert.match(error.message, message);
      assert.ok(isPermanent(error));
      return true;
    });
  }
});

test("a picture over the service's limit is refused while it is sent", async () => {
  const file = Buffer.concat([pictureOf("large"), Buffer.alloc(30_000_000)]);
  await assert.rejects(worker.process(jobOf("large", { file })), TooLargeError);
});

test("a job by its url is downloaded, and keeps where it came from", async () => {
  await using host = await serveMedia({ "/cat.bmp": body(pictureOf(unique("noise"))) });
  const one = new MediaWorker({
    url,
    downloads: { allowedHosts: ["127.0.0.1"], privateNetworks: ["127.0.0.0/8"] },
  });
  const job = jobOf("download", { url: host.url("/cat.bmp"), caption: "From afar" });
  const { post } = await one.process(job);
  assert.equal(post?.media_url, host.url("/cat.bmp"));
  assert.equal(post.media_type, "image");
  await assert.rejects(
    one.process(jobOf("missing", { url: host.url("/none") })),
    (error: FeedlensError) => isPermanent(error) && error.members["host_status"] === 404,
  );
});

test("an upload that is aborted, and comes again, is stored once", async () => {
  const job = jobOf("aborted", { file: pictureOf(unique("noise")), caption: "Again" });
  const controller = new AbortController();
  const aborted = worker.process(job, { signal: controller.signal });
  setTimeout(() => {
    controller.abort();
  }, 5);
  await assert.rejects(aborted, { name: "AbortError" });
  const { post } = await worker.process(job);
  assert.deepEqual(await media.get(job.media_id), post);
});

test("a shutdown in the middle: what was taken is stored, the rest is the queue's", async () => {
  const closing = new MediaWorker({ url });
  const jobs = Array.from({ length: 30 }, (_, index) =>
    jobOf("closing", { file: pictureOf(unique("noise")), caption: `Number ${index}` }),
  );
  const taken = jobs.slice(0, 20).map((job) => closing.process(job));
  await taken[3];
  const closed = closing.close({ timeoutMs: 60_000 });
  const late = jobs.slice(20).map((job) => closing.process(job));
  const outcomes = await Promise.allSettled([...taken, ...late]);
  await closed;
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    jobs.map((_, index) => (index < 20 ? "fulfilled" : "rejected")),
  );
  const stored = await Promise.all(jobs.map(({ media_id }) => media.get(media_id)));
  assert.equal(stored.filter((post) => post !== null).length, 20);
});

test("with the flag off only the old system gets a post, and with it on again both", async () => {
  const kept = new Map<string, number[]>();
  const off = new MediaWorker({
    url,
    useMultimodal: false,
    legacy: {
      url,
      store: (mediaId, embedding) => Promise.resolve(void kept.set(mediaId, embedding)),
    },
  });
  const job = jobOf("flag", { file: sample("raccoon.jpg"), caption: "A raccoon" });
  assert.equal((await off.process(job)).path, "legacy");
  const vector = await new VectorEmbeddingService({ url }).generateImageEmbedding(
    sample("raccoon.jpg"),
  );
  assert.deepEqual(kept.get(job.media_id), vector);
  assert.equal(await media.get(job.media_id), null);
  const { path, created } = await worker.process(job);
  assert.deepEqual([path, created], ["multimodal", true]);
  await assert.rejects(off.process(jobOf("text", { caption: "words" })), NoLegacyVectorError);
  const video = jobOf("video", { file: sample("two-gardens.mp4") });
  await assert.rejects(
    off.process(video),
    (error) => error instanceof NoLegacyVectorError && !isPermanent(error),
  );
});
