import assert from "node:assert/strict";
import { test } from "node:test";

import {
  InvalidInputError,
  InvalidRequestError,
  MediaService,
  type NewPost,
  NotFoundError,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { fieldsOf, problem, serving } from "../support/scripted-server.js";

const POST = { media_id: "m1", degraded: [] };
const AWAY = { status: 503, body: { type: "t", title: "Away", detail: "for a moment" } };
const AT_ONCE = { firstDelayMs: 0, maxDelayMs: 0 };

test("a post goes as a form, without what is null, and is told to be new or known", async (t) => {
  const { url, asked } = await serving(t, { status: 201, body: POST }, { status: 200, body: POST });
  const media = new MediaService({ url });
  const post: NewPost = {
    media_id: 'm"1"\r\n',
    author_id: "änn",
    file: Buffer.from("jpeg"),
    caption: "two\r\nlines",
    created_at: new Date(0),
    likes: 0,
    comments: null,
  };
  assert.deepEqual(await media.publish(post), { post: POST, created: true });
  assert.deepEqual(await media.publish(post), { post: POST, created: false });
  assert.equal(`${asked[0]?.method} ${asked[0]?.path}`, "POST /v1/media");
  assert.ok(asked[0]);
  assert.deepEqual(fieldsOf(asked[0]), {
    media_id: 'm"1"\r\n',
    author_id: "änn",
    file: "upload: jpeg",
    caption: "two\r\nlines",
    created_at: "1970-01-01T00:00:00.000Z",
    likes: "0",
  });
});

test("an upload is sent whole again where the service was away", async (t) => {
  const { url, asked } = await serving(t, AWAY, { status: 201, body: POST });
  const media = new MediaService({ url, retries: AT_ONCE });
  const post = { media_id: "m1", author_id: "ann", file: new Blob(["jpeg"]) };
  assert.deepEqual(await media.publish(post), { post: POST, created: true });
  assert.deepEqual(
    asked.map((each) => fieldsOf(each)["file"]),
    ["upload: jpeg", "upload: jpeg"],
  );
});

test("a post that can't be meant is refused, and nothing is sent", async (t) => {
  const { url, asked } = await serving(t);
  const media = new MediaService({ url });
  const post = { media_id: "m1", author_id: "ann", caption: "a cat" };
  const cases: [object, RegExp][] = [
    [{ ...post, authorId: "ann" }, /a post has no field authorId \(do you mean author_id\?\)/],
    [{ ...post, file: "" }, /can't be read \(ENOENT\)/],
    [{ ...post, file: "/no/such.jpg" }, /\/no\/such\.jpg can't be read \(ENOENT\)/],
    [{ ...post, created_at: new Date(Number.NaN) }, /created_at must be a Date/],
    [{ ...post, caption: { en: "a cat" } }, /caption must be a string/],
    [{ ...post, author_id: 7 }, /author_id must be a string/],
    [{ ...post, likes: "many" }, /likes must be a finite number/],
  ];
  for (const [given, message] of cases) {
    await assert.rejects(media.publish(given as NewPost), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, message);
      return true;
    });
  }
  for (const id of ["", ".", ".."]) {
    await assert.rejects(media.get(id), InvalidInputError);
    await assert.rejects(media.update(id, {}), InvalidInputError);
    await assert.rejects(media.delete(id), InvalidInputError);
    await assert.rejects(media.thumbnail(id), InvalidInputError);
  }
  await assert.rejects(media.update("m1", { like: 1 } as object), InvalidInputError);
  await assert.rejects(media.update("m1", { likes: Number.NaN }), InvalidInputError);
  assert.deepEqual(asked, []);
});

test("ids of any characters stand in paths", async (t) => {
  const { url, asked } = await serving(t, { body: POST });
  await new MediaService({ url }).get("a/b ?#%😀");
  assert.equal(asked[0]?.path, "/v1/media/a%2Fb%20%3F%23%25%F0%9F%98%80");
});

test("changes are JSON, where null removes", async (t) => {
  const { url, asked } = await serving(t, { body: POST });
  const changes = { caption: null, likes: 3, created_at: new Date(0), comments: undefined };
  assert.deepEqual(await new MediaService({ url }).update("m1", changes), POST);
  assert.equal(asked[0]?.method, "PATCH");
  assert.deepEqual(JSON.parse(asked[0].body), {
    caption: null,
    likes: 3,
    created_at: "1970-01-01T00:00:00.000Z",
  });
});

test("what is not there is null or false; to change or to show it is an error", async (t) => {
  const { url } = await serving(t, problem(404, "not-found", "no post has media_id 'm1'"));
  const media = new MediaService({ url });
  assert.equal(await media.get("m1"), null);
  assert.equal(await media.delete("m1"), false);
  await assert.rejects(media.update("m1", { likes: 1 }), NotFoundError);
  await assert.rejects(media.thumbnail("m1"), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.detail, "no post has media_id 'm1'");
    return true;
  });
});

test("an address with a path too many is no answer that a post is not there", async (t) => {
  // As Feedlens answers of routes that it does not have: http://feedlens:8000/v1 in place of :8000.
  const { url } = await serving(t, problem(404, "unknown-path", "Not Found"));
  const media = new MediaService({ url });
  await assert.rejects(media.get("m1"), UnexpectedAnswerError);
  await assert.rejects(media.delete("m1"), UnexpectedAnswerError);
});

test("what was there is deleted", async (t) => {
  const { url, asked } = await serving(t, { status: 204 });
  assert.equal(await new MediaService({ url }).delete("m1"), true);
  assert.equal(asked[0]?.method, "DELETE");
});

test("a thumbnail is the JPEG's bytes, as often as they are asked for", async (t) => {
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
  const { url, asked } = await serving(t, { body: jpeg });
  const media = new MediaService({ url });
  assert.deepEqual(await media.thumbnail("m1"), jpeg);
  assert.deepEqual(await media.thumbnail("m1"), jpeg);
  assert.equal(asked[0]?.path, "/v1/media/m1/thumbnail");
});

test("a picture in place of a post, and a post in place of a picture, are told", async (t) => {
  // GET /v1/media/m1/thumbnail answers the post "m1/thumbnail" where no post is "m1".
  const post = await serving(t, { body: POST });
  await assert.rejects(new MediaService({ url: post.url }).thumbnail("m1"), UnexpectedAnswerError);
  const picture = await serving(t, { body: new Uint8Array([0xff]) });
  const media = new MediaService({ url: picture.url });
  await assert.rejects(media.get("m1/thumbnail"), UnexpectedAnswerError);
});

test("an answer that is no post is told", async (t) => {
  const { url } = await serving(t, { body: { hello: "world" } });
  const media = new MediaService({ url });
  const post = { media_id: "m1", author_id: "ann", caption: "a cat" };
  const told = (error: unknown) => {
    assert.ok(error instanceof UnexpectedAnswerError);
    assert.match(error.message, /200 without media_id.*EMBEDDING_SERVER_URL/);
    assert.equal(error.status, 200);
    return true;
  };
  await assert.rejects(media.publish(post), told);
  await assert.rejects(media.get("m1"), told);
  await assert.rejects(media.update("m1", { likes: 1 }), told);
});

test("an abort before a call rejects it, and nothing is sent", async (t) => {
  const { url, asked } = await serving(t);
  const media = new MediaService({ url });
  const signal = AbortSignal.abort(new Error("shutting down"));
  const post = { media_id: "m1", author_id: "ann", file: Buffer.from("jpeg") };
  await assert.rejects(media.publish(post, { signal }), { name: "AbortError" });
  await assert.rejects(media.get("m1", { signal }), { name: "AbortError" });
  assert.deepEqual(asked, []);
});

test("what the service refuses is told with its findings", async (t) => {
  const errors = [{ where: "body.likes", message: "Input should be less than 10" }];
  const told = problem(422, "invalid-request", "body.likes: …");
  const { url } = await serving(t, { ...told, body: { ...(told.body as object), errors } });
  await assert.rejects(new MediaService({ url }).update("m1", { likes: 10 }), (error) => {
    assert.ok(error instanceof InvalidRequestError);
    assert.equal(error.status, 422);
    assert.equal(error.type, "urn:feedlens:problem:invalid-request");
    assert.deepEqual(error.members["errors"], errors);
    return true;
  });
});
