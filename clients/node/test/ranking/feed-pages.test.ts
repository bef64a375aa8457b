import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CursorExpiredError,
  type FeedPage,
  FeedRankingService,
  InvalidInputError,
  QdrantService,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { type Asked, problem, type Scripted, serving } from "../support/scripted-server.js";

function page(mediaId: string, cursor: string | null): Scripted {
  const item = { media_id: mediaId, score: 0.5, reason: "is new", signals: {}, duplicates: [] };
  const body: FeedPage = {
    items: [item],
    cursor,
    session_id: "s",
    variant: "multimodal",
    fallback: null,
  };
  return { body };
}

function bodies(asked: readonly Asked[]): unknown[] {
  return asked.map(({ body }) => JSON.parse(body) as unknown);
}

async function idsOf(pages: AsyncIterable<FeedPage>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { items } of pages) ids.push(...items.map((item) => item.media_id));
  return ids;
}

await test("pages follow the cursor to the session's end; the first one has the options", async (t) => {
  const { url, asked } = await serving(t, page("a", "c1"), page("b", "c2"), page("c", null));
  const service = new FeedRankingService({ url });

  const ids = await idsOf(
    service.feed("ada", { limit: 1, weights: { recency: 0.5 }, variant: "arm", explain: true }),
  );

  assert.deepEqual(ids, ["a", "b", "c"]);
  assert.deepEqual(bodies(asked), [
    { user_id: "ada", limit: 1, weights: { recency: 0.5 }, variant: "arm" },
    { user_id: "ada", cursor: "c1" },
    { user_id: "ada", cursor: "c2" },
  ]);
  assert.deepEqual(
    asked.map(({ path }) => path),
    ["/v1/feed?explain=true", "/v1/feed?explain=true", "/v1/feed?explain=true"],
  );
});

await test("nothing is asked before a page is taken, and nothing after the loop is left", async (t) => {
  const { url, asked } = await serving(t, page("a", "c1"), page("b", "c2"));
  const service = new FeedRankingService({ url });

  const pages = service.feed("ada");
  assert.equal(asked.length, 0);
  for await (const { cursor } of pages) if (cursor === "c2") break;

  assert.equal(asked.length, 2);
  assert.deepEqual(await pages.next(), { value: undefined, done: true });
});

await test("a session that has expired in the middle is told by its own error", async (t) => {
  const expired = problem(410, "cursor-expired", "begin again");
  const { url } = await serving(t, page("a", "c1"), expired);
  const pages = new FeedRankingService({ url }).feed("ada");

  assert.equal((await pages.next()).value?.items[0]?.media_id, "a");
  await assert.rejects(
    pages.next(),
    (error) =>
      error instanceof CursorExpiredError &&
      error.status === 410 &&
      error.type === "urn:feedlens:problem:cursor-expired",
  );
  assert.deepEqual(await pages.next(), { value: undefined, done: true });
});

await test("an abort between pages ends the loop with AbortError, and asks for nothing", async (t) => {
  const { url, asked } = await serving(t, page("a", "c1"), page("b", "c2"));
  const ending = new AbortController();
  const pages = new FeedRankingService({ url }).feed("ada", { signal: ending.signal });

  await pages.next();
  ending.abort();

  await assert.rejects(pages.next(), { name: "AbortError" });
  assert.equal(asked.length, 1);
});

await test("a cursor goes on in its session, by a page or from there on", async (t) => {
  const { url, asked } = await serving(t, page("b", "c2"), page("b", "c2"), page("c", null));
  const service = new FeedRankingService({ url }, { useMultimodal: false });

  assert.equal((await service.feedPage("ada", { cursor: "c1" })).cursor, "c2");
  assert.deepEqual(await idsOf(service.feed("ada", { cursor: "c1" })), ["b", "c"]);

  assert.deepEqual(bodies(asked), [
    { user_id: "ada", cursor: "c1" },
    { user_id: "ada", cursor: "c1" },
    { user_id: "ada", cursor: "c2" },
  ]);
});

await test("with the flag off first pages are the legacy ranker's, unless one is named", async (t) => {
  const { url, asked } = await serving(t, page("a", "c1"), page("b", null));
  const service = new FeedRankingService({ url }, { useMultimodal: false });

  await idsOf(service.feed("ada"));
  await service.feedPage("ada", { cursor: null, variant: "multimodal", preview: true });

  assert.deepEqual(bodies(asked), [
    { user_id: "ada", variant: "legacy" },
    { user_id: "ada", cursor: "c1" },
    { user_id: "ada", cursor: null, variant: "multimodal", preview: true },
  ]);
});

await test("the flag is read from the environment, where the service is made", async (t) => {
  const { url, asked } = await serving(t, page("a", null));
  process.env["USE_MULTIMODAL_EMBEDDINGS"] = "false";
  t.after(() => delete process.env["USE_MULTIMODAL_EMBEDDINGS"]);

  const off = new FeedRankingService({ url });
  const on = new FeedRankingService({ url }, { useMultimodal: true });
  delete process.env["USE_MULTIMODAL_EMBEDDINGS"];
  await off.feedPage("ada");
  await on.feedPage("ada");

  assert.deepEqual(bodies(asked), [{ user_id: "ada", variant: "legacy" }, { user_id: "ada" }]);
});

await test("arguments that JSON would change are refused, by rejection", async (t) => {
  const { url, asked } = await serving(t);
  const service = new FeedRankingService({ url });

  await assert.rejects(service.feedPage("ada", { limit: Number("x") }), InvalidInputError);
  await assert.rejects(service.feed(7 as never).next(), InvalidInputError);

  assert.equal(asked.length, 0);
});

await test("an empty id, a weight that is no number, and a misspelt option are refused", async (t) => {
  const { url, asked } = await serving(t);
  const service = new FeedRankingService({ url });
  await assert.rejects(service.feedPage(""), InvalidInputError);
  await assert.rejects(service.feedPage("ada", { weights: { recency: NaN } }), {
    name: "InvalidInputError",
    message: "weights.recency must be a finite number, not NaN",
  });
  assert.equal(asked.length, 0);
  assert.throws(() => new FeedRankingService({ url }, { usemultimodal: false } as object), {
    name: "InvalidInputError",
    message: /has no field usemultimodal \(do you mean useMultimodal\?\)/,
  });
});

await test("options that are kept for the next page begin no other session", async (t) => {
  const { url, asked } = await serving(t, page("b", null));
  const service = new FeedRankingService({ url });
  const options = { limit: 5, weights: { recency: 1 }, variant: "arm", preview: true };
  await service.feedPage("ada", { ...options, cursor: "c1" });
  assert.deepEqual(bodies(asked), [{ user_id: "ada", limit: 5, cursor: "c1" }]);
});

await test("options that there are none of are refused by name", async (t) => {
  const { url, asked } = await serving(t);
  const service = new FeedRankingService({ url });
  const store = new QdrantService({ url });
  for (const [name, call] of [
    ["page_size", () => service.feedPage("ada", { page_size: 5 } as object)],
    ["timeout_ms", () => service.rankPosts("ada", ["m"], { timeout_ms: 5 } as object)],
    ["vector", () => service.buildUserPreferenceVectors("ada", null, { vector: true } as object)],
    ["top_k", () => store.searchSimilarMediaText("a cat", { top_k: 4 } as object)],
    ["weights", () => store.searchSimilarMediaVisual("a cat", { weights: {} } as object)],
    ["an object", () => store.searchSimilarMediaVisual("a cat", 5 as never)],
  ] as const) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof InvalidInputError && error.message.includes(name), String(error));
      return true;
    });
  }
  assert.equal(asked.length, 0);
});

await test("a stranger's empty object is no page, no ranking and no receipt", async (t) => {
  const { url } = await serving(t, { body: {} });
  const service = new FeedRankingService({ url });
  const event = { user_id: "u", media_id: "m", kind: "like" } as const;
  await assert.rejects(service.feedPage("ada"), UnexpectedAnswerError);
  await assert.rejects(service.rankPosts("ada", ["m"]), UnexpectedAnswerError);
  await assert.rejects(service.recordEvents([event]), UnexpectedAnswerError);
});
