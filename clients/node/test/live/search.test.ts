import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";

import {
  type FoundPost,
  type HybridQuery,
  InvalidRequestError,
  MediaService,
  NotFoundError,
  QdrantService,
  type SideQuery,
  UndecodableMediaError,
  VectorEmbeddingService,
} from "../../src/index.js";
import { sample } from "./samples.js";
import { unique, url } from "./stack.js";

const embeddings = new VectorEmbeddingService({ url });
const media = new MediaService({ url });
const qdrant = new QdrantService({ url });

const author = unique("author");
const filter = { author_ids: [author] };
const sign = unique("sign");
const cat = unique("cat");
const porridge = unique("porridge");
const rocket = unique("rocket");
const SIGN = sample("coffee-shop-sign.png");
const DAY_MS = 86_400_000;
const OLDEST = new Date(Date.now() - 10 * DAY_MS);

before(async () => {
  const posts = [
    { media_id: sign, file: SIGN, likes: 30, created_at: OLDEST },
    { media_id: cat, file: sample("cat-meme.jpg"), likes: 20 },
    {
      media_id: porridge,
      caption: "Oat porridge with berries is what I eat for breakfast",
      likes: 1,
    },
    { media_id: rocket, caption: "The rocket stands on its launch pad", likes: 0 },
  ];
  for (const post of posts) await media.publish({ author_id: author, ...post });
});

function ids(found: readonly FoundPost[]): string[] {
  return found.map(({ media_id }) => media_id);
}

function assertScored(found: readonly FoundPost[]) {
  for (const [place, { score, contributions }] of found.entries()) {
    const sum = Object.values(contributions).reduce((total, part) => total + part, 0);
    assert.ok(Math.abs(sum - score) < 1e-5, `${sum} is not ${score}`);
    assert.ok(score <= (found[place - 1]?.score ?? 1.001), "scores fall");
  }
}

test("posts are found by what a text means, in any way of asking", async () => {
  const words = "what to eat in the morning";
  for (const query of [words, { text: words }]) {
    const found = await qdrant.searchSimilarMediaText(query, { filter, limit: 2 });
    assert.equal(found[0]?.media_id, porridge);
    assert.equal(found.length, 2);
    assertScored(found);
    assert.equal(found[0].author_id, author);
    assert.equal(found[0].content_type, "text_only");
  }
});

test("a stored post, its vector and its file find the post itself, by the picture", async () => {
  const stored = await qdrant.getMultimodalVectors(sign);
  const vector = stored?.visual_embedding;
  assert.ok(vector);
  const asked: SideQuery[] = [
    { vector: Float32Array.from(vector) },
    vector,
    vector.map((component) => component * 7),
    { file: SIGN },
    { file: await readFile(SIGN) },
  ];
  for (const query of asked) {
    const [best] = await qdrant.searchSimilarMediaVisual(query, { filter });
    assert.equal(best?.media_id, sign);
    assert.ok(Math.abs(best.score - 1) < 1e-3);
    assert.deepEqual(Object.keys(best.contributions), ["visual"]);
  }
  const others = await qdrant.searchSimilarMediaVisual({ media_id: sign }, { filter });
  assert.deepEqual(ids(others), [cat], "posts like it, with a picture, without itself");
});

test("a picture is searched for by the words in it", async () => {
  const found = await qdrant.searchSimilarMediaText({ file: SIGN }, { filter });
  assert.equal(found[0]?.media_id, sign);
  assert.equal(found.length, 4);
  assertScored(found);
});

test("both sides are searched by at once, weighted", async () => {
  const { visual_embedding: visual_vector } = (await qdrant.getMultimodalVectors(sign)) ?? {};
  const { text_embedding: text_vector } = (await qdrant.getMultimodalVectors(porridge)) ?? {};
  assert.ok(visual_vector && text_vector);
  const query = { visual_vector, text_vector };
  const byPicture = { weights: { visual: 1, text: 0 }, filter };
  const byWords = { weights: { visual: 0, text: 1 }, filter };
  const pictures = await qdrant.searchSimilarMediaHybrid(query, byPicture);
  const words = await qdrant.searchSimilarMediaHybrid(query, byWords);
  assert.equal(pictures[0]?.media_id, sign);
  assert.equal(words[0]?.media_id, porridge);
  assertScored(pictures);
  assertScored(words);
  const alone = await qdrant.searchSimilarMediaHybrid({ text_vector }, { filter, limit: 1 });
  assert.deepEqual(ids(alone), [porridge]);
});

test("hybrid queries are posts, texts, and pictures with a caption too", async () => {
  const queries: HybridQuery[] = [
    "coffee",
    { text: "coffee" },
    { media_id: cat },
    { file: SIGN, caption: "coffee" },
    { file: new Blob([await readFile(SIGN)]) },
  ];
  for (const query of queries) {
    const found = await qdrant.searchSimilarMediaHybrid(query, { filter });
    assert.equal(found[0]?.media_id, sign, JSON.stringify(query));
    assertScored(found);
  }
});

test("filters hold for texts and for pictures, with dates as Dates", async () => {
  const old = { ...filter, created_before: new Date(OLDEST.getTime() + DAY_MS) };
  assert.deepEqual(ids(await qdrant.searchSimilarMediaText("food", { filter: old })), [sign]);
  assert.deepEqual(ids(await qdrant.searchSimilarMediaVisual({ file: SIGN }, { filter: old })), [
    sign,
  ]);
  const liked = { ...filter, min_likes: 1, max_likes: 20 };
  const found = await qdrant.searchSimilarMediaText("food", { filter: liked });
  assert.deepEqual(new Set(ids(found)), new Set([porridge, cat]));
  const texts = { ...filter, media_types: ["text" as const] };
  assert.equal((await qdrant.searchSimilarMediaText("food", { filter: texts })).length, 2);
  const nobody = { author_ids: [unique("nobody")] };
  assert.deepEqual(await qdrant.searchSimilarMediaHybrid("food", { filter: nobody }), []);
});

test("what a text describes is looked for in pictures", async () => {
  const found = await qdrant.searchSimilarMediaVisual("a shop's sign", { filter });
  assert.deepEqual(new Set(ids(found)), new Set([sign, cat]));
});

test("an embedding of an upload that is not stored asks as well", async () => {
  const result = await embeddings.generateMultiModalEmbedding(SIGN);
  assert.ok(result.visual_embedding && result.text_embedding);
  const query = {
    visual_vector: result.visual_embedding,
    text_vector: Float64Array.from(result.text_embedding),
  };
  const [best] = await qdrant.searchSimilarMediaHybrid(query, { filter });
  assert.equal(best?.media_id, sign);
  assert.ok(Math.abs(best.score - 1) < 1e-3);
});

test("searches that can't be made are told", async () => {
  const cases: [Promise<unknown>, typeof InvalidRequestError | typeof NotFoundError][] = [
    [qdrant.searchSimilarMediaText("  "), InvalidRequestError],
    [qdrant.searchSimilarMediaText("food", { limit: 0 }), InvalidRequestError],
    [qdrant.searchSimilarMediaText("food", { limit: 101 }), InvalidRequestError],
    [qdrant.searchSimilarMediaVisual([1, 2, 3]), InvalidRequestError],
    [qdrant.searchSimilarMediaText({ media_id: unique("none") }), NotFoundError],
    [qdrant.searchSimilarMediaHybrid({}), InvalidRequestError],
    [
      qdrant.searchSimilarMediaHybrid("food", { weights: { visual: 0, text: 0 } }),
      InvalidRequestError,
    ],
    [qdrant.searchSimilarMediaVisual({ file: Buffer.from("%PDF") }), UndecodableMediaError],
  ];
  const answers = await Promise.allSettled(cases.map(([call]) => call));
  for (const [number, answer] of answers.entries()) {
    assert.equal(answer.status, "rejected");
    const kind = cases[number]?.[1];
    assert.ok(kind && answer.reason instanceof kind, `${number}: ${String(answer.reason)}`);
  }
});
