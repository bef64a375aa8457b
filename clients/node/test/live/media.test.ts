import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import {
  ConflictError,
  InvalidRequestError,
  MediaService,
  NotFoundError,
  UndecodableMediaError,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { sample } from "./samples.js";
import { unique, url } from "./stack.js";

const media = new MediaService({ url });
const DAHLIA = sample("garden-dahlia.jpg");

test("a picture is published, read and deleted", async () => {
  const media_id = `${unique("post")} a/b?#%😀`;
  const { post, created } = await media.publish({
    media_id,
    author_id: "ann",
    file: DAHLIA,
    caption: " Dahlia ",
    created_at: new Date(Date.UTC(2026, 0, 2)),
    likes: 3,
  });
  assert.equal(created, true);
  assert.equal(post.media_id, media_id);
  assert.equal(post.caption, "Dahlia");
  assert.equal(post.likes, 3);
  assert.equal(post.comments, 0);
  assert.equal(Date.parse(post.created_at), Date.UTC(2026, 0, 2));
  const hash = createHash("sha256")
    .update(await readFile(DAHLIA))
    .digest("hex");
  assert.equal(post.content_hash, `sha256:${hash}`);
  assert.deepEqual(post.degraded, []);
  assert.deepEqual(await media.get(media_id), post);
  assert.equal(await media.delete(media_id), true);
  assert.equal(await media.delete(media_id), false);
  assert.equal(await media.get(media_id), null);
});

test("the same upload again is known, whatever its date and counters; another one is a conflict", async () => {
  const upload = { media_id: unique("post"), author_id: "ann", file: DAHLIA, caption: "Dahlia" };
  const first = await media.publish(upload);
  const again = await media.publish({ ...upload, likes: 7, created_at: new Date(0) });
  assert.deepEqual(again, { post: first.post, created: false });
  for (const other of [{ author_id: "bob" }, { caption: "Rose" }, { file: null }]) {
    await assert.rejects(media.publish({ ...upload, ...other }), (error) => {
      assert.ok(error instanceof ConflictError);
      assert.equal(error.status, 409);
      return true;
    });
  }
});

test("the same upload twenty times at once is one post", async () => {
  const upload = { media_id: unique("post"), author_id: "ann", file: await readFile(DAHLIA) };
  const retries = { maxRetries: 8 };
  const calls = Array.from({ length: 20 }, () => media.publish(upload, { retries }));
  const published = await Promise.all(calls);
  assert.equal(published.filter(({ created }) => created).length, 1);
});

test("a caption alone is a post, and a video too", async () => {
  const text = { media_id: unique("post"), author_id: "ann", caption: "Only words, 你好" };
  assert.equal((await media.publish(text)).post.media_type, "text");
  const file = sample("two-gardens.mp4");
  const { post } = await media.publish({ media_id: unique("post"), author_id: "ann", file });
  assert.equal(post.media_type, "video");
  assert.ok(post.duration_s && post.duration_s > 0);
});

test("counters, date, caption and URL change; null removes", async () => {
  const upload = { media_id: unique("post"), author_id: "ann", file: DAHLIA, caption: "Dahlia" };
  await media.publish(upload);
  const created_at = new Date(Date.UTC(2026, 2, 1));
  const changed = await media.update(upload.media_id, { likes: 5, comments: 2, created_at });
  assert.equal(changed.likes, 5);
  assert.equal(changed.comments, 2);
  assert.equal(Date.parse(changed.created_at), created_at.getTime());
  assert.equal(changed.caption, "Dahlia");
  const bare = await media.update(upload.media_id, { caption: null });
  assert.equal(bare.caption, null);
  assert.equal(bare.has_text_embedding, false);
  assert.equal(bare.likes, 5);
});

test("a thumbnail is a JPEG", async () => {
  const media_id = unique("post");
  await media.publish({ media_id, author_id: "ann", file: DAHLIA });
  const jpeg = await media.thumbnail(media_id);
  assert.deepEqual([...jpeg.subarray(0, 3)], [0xff, 0xd8, 0xff]);
});

test("a text has no thumbnail, and what is not there can't be changed", async () => {
  const media_id = unique("post");
  await media.publish({ media_id, author_id: "ann", caption: "Only words" });
  await assert.rejects(media.thumbnail(media_id), NotFoundError);
  await assert.rejects(media.update(unique("none"), { likes: 1 }), NotFoundError);
});

test("what the service refuses is told with what is wrong", async () => {
  const post = { media_id: unique("post"), author_id: "ann", caption: "Dahlia" };
  const cases: [object, RegExp][] = [
    [{ media_id: "" }, /body\.media_id/],
    [{ author_id: "a\nb" }, /body\.author_id/],
    [{ likes: -1 }, /body\.likes/],
    [{ likes: 0.5 }, /body\.likes/],
    [{ caption: " " }, /caption/],
    [{ created_at: "yesterday" }, /body\.created_at/],
    [{ created_at: new Date(Date.now() + 86_400_000) }, /future/],
    [{ media_url: "ftp://cdn/cat.jpg" }, /body\.media_url/],
  ];
  for (const [fault, message] of cases) {
    await assert.rejects(media.publish({ ...post, ...fault }), (error) => {
      assert.ok(error instanceof InvalidRequestError, String(error));
      assert.equal(error.status, 422);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(
    media.publish({ ...post, file: Buffer.from("%PDF") }),
    UndecodableMediaError,
  );
  await assert.rejects(media.update(post.media_id, {}), InvalidRequestError);
  assert.equal(await media.get(post.media_id), null);
});

test("an address with a path too many is told", async () => {
  const astray = new MediaService({ url: `${url}/v1` });
  await assert.rejects(astray.get(unique("post")), UnexpectedAnswerError);
  await assert.rejects(astray.delete(unique("post")), UnexpectedAnswerError);
});
