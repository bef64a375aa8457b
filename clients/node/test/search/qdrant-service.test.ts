import assert from "node:assert/strict";
import { test } from "node:test";

import {
  FingerprintMismatchError,
  InvalidInputError,
  InvalidRequestError,
  QdrantService,
  UnavailableError,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { makerOf } from "../../src/inputs/vectors.js";
import { fieldsOf, problem, type Scripted, serving } from "../support/scripted-server.js";

const ONCE = { retries: { maxRetries: 0 } };
const HEALTH = { store: "ok", weights: { visual: "untrained", text: "pretrained" } };
const ACTIVE = {
  active: true,
  dimensions: { visual: 512, text: 768 },
  fingerprints: { visual: "clip", text: "mpnet" },
};

test("the collection is told by the generation that serves", async (t) => {
  const other = { ...ACTIVE, active: false, dimensions: { visual: 768, text: 1024 } };
  const { url, asked } = await serving(
    t,
    { body: HEALTH },
    { body: { generations: [other, ACTIVE] } },
  );
  assert.deepEqual(await new QdrantService({ url }).ensureMultimodalCollection(), {
    dimensions: { visual: 512, text: 768 },
    fingerprints: { visual: "clip", text: "mpnet" },
    weights: { visual: "untrained", text: "pretrained" },
  });
  assert.deepEqual(
    asked.map(({ path }) => path),
    ["/health", "/v1/generations"],
  );
});

test("a store that is away is waited for, and told where it stays away", async (t) => {
  const away = { body: { ...HEALTH, store: "Qdrant refused the connection" } };
  const { url, asked } = await serving(t, away);
  const retries = { maxRetries: 1, firstDelayMs: 0, maxDelayMs: 0 };
  await assert.rejects(
    new QdrantService({ url, retries }).ensureMultimodalCollection(),
    (error) => {
      assert.ok(error instanceof UnavailableError);
      assert.match(error.message, /Qdrant refused the connection/);
      assert.equal(error.type, "urn:feedlens:problem:store-unavailable");
      return true;
    },
  );
  assert.equal(asked.length, 2);
});

test("a collection that can't be told is an error", async (t) => {
  const scripts: Scripted[][] = [
    [{ body: { status: "ok" } }],
    [{ body: HEALTH }, { body: { generations: [] } }],
    [{ body: HEALTH }, { body: {} }],
  ];
  for (const script of scripts) {
    const { url } = await serving(t, ...script);
    const asked = new QdrantService({ url }).ensureMultimodalCollection();
    await assert.rejects(asked, UnexpectedAnswerError);
  }
});

test("vectors that were read are stored under another id without saying whose they are", async (t) => {
  const stored = {
    media_id: "m1",
    visual_embedding: [1, 0],
    text_embedding: null,
    model_fingerprint: { visual: "clip", text: "mpnet" },
  };
  const { url, asked } = await serving(t, { body: stored }, { status: 201, body: stored });
  const qdrant = new QdrantService({ url });
  const post = await qdrant.getMultimodalVectors("m1");
  assert.deepEqual(post, stored);
  assert.ok(post.visual_embedding);
  assert.equal(makerOf(post.visual_embedding), "clip");
  const payload = { author_id: "ann" };
  assert.deepEqual(
    await qdrant.upsertMultimodalVector("a/b", post.visual_embedding, null, payload),
    stored,
  );
  assert.equal(asked[0]?.path, "/v1/media/m1?vectors=true");
  assert.equal(`${asked[1]?.method} ${asked[1]?.path}`, "PUT /v1/media/a%2Fb/vectors");
  assert.deepEqual(JSON.parse(asked[1]?.body ?? ""), {
    author_id: "ann",
    visual: [1, 0],
    fingerprints: { visual: "clip" },
  });
});

test("what is not stored is null or false", async (t) => {
  const { url } = await serving(t, problem(404, "not-found", "no post has media_id 'm1'"));
  const qdrant = new QdrantService({ url });
  assert.equal(await qdrant.getMultimodalVectors("m1"), null);
  assert.equal(await qdrant.deleteMultimodalVector("m1"), false);
});

test("vectors of another model are a mismatch", async (t) => {
  const detail = "the visual vector comes from vit, the store holds vectors of clip";
  const { url } = await serving(t, problem(409, "fingerprint-mismatch", detail));
  const payload = { author_id: "ann", fingerprints: { visual: "vit" } };
  await assert.rejects(
    new QdrantService({ url }).upsertMultimodalVector("m1", [1], null, payload),
    FingerprintMismatchError,
  );
});

test("searches go to their side with their terms", async (t) => {
  const found = [{ media_id: "m2", score: 0.5, contributions: { visual: 0.5 } }];
  const { url, asked } = await serving(t, { body: { items: found } });
  const qdrant = new QdrantService({ url });
  const filter = { author_ids: ["ann"], created_after: new Date(0) };
  const weights = { visual: 1, text: 3 };
  assert.deepEqual(await qdrant.searchSimilarMediaVisual(Float32Array.of(1), { limit: 3 }), found);
  assert.deepEqual(await qdrant.searchSimilarMediaText("a cat", { filter }), found);
  assert.deepEqual(
    await qdrant.searchSimilarMediaHybrid({ media_id: "m1" }, { limit: 1, weights }),
    found,
  );
  assert.deepEqual(
    asked.map(({ path, body }) => [path, JSON.parse(body) as unknown]),
    [
      ["/v1/search/visual", { vector: [1], limit: 3 }],
      [
        "/v1/search/text",
        {
          text: "a cat",
          filter: { author_ids: ["ann"], created_after: "1970-01-01T00:00:00.000Z" },
        },
      ],
      ["/v1/search/hybrid", { media_id: "m1", limit: 1, weights }],
    ],
  );
});

test("pictures are searched by as forms, also again", async (t) => {
  const away = problem(503, "unavailable", "for a moment");
  const { url, asked } = await serving(t, away, { body: { items: [] } });
  const qdrant = new QdrantService({ url, retries: { firstDelayMs: 0, maxDelayMs: 0 } });
  const file = Buffer.from("jpeg");
  await qdrant.searchSimilarMediaVisual({ file });
  const terms = { limit: 2, filter: { min_likes: 1 }, weights: { text: 1 } };
  await qdrant.searchSimilarMediaHybrid({ file, caption: "a cat" }, terms);
  assert.deepEqual(
    asked.map((each) => [each.path, fieldsOf(each)]),
    [
      ["/v1/search/visual", { file: "upload: jpeg" }],
      ["/v1/search/visual", { file: "upload: jpeg" }],
      [
        "/v1/search/hybrid",
        {
          file: "upload: jpeg",
          caption: "a cat",
          limit: "2",
          filter: '{"min_likes":1}',
          weights: '{"text":1}',
        },
      ],
    ],
  );
});

test("bad arguments are rejections, and nothing is sent", async (t) => {
  const { url, asked } = await serving(t);
  const qdrant = new QdrantService({ url });
  const calls = [
    () => qdrant.getMultimodalVectors(".."),
    () => qdrant.deleteMultimodalVector(""),
    () => qdrant.upsertMultimodalVector(".", [1], null, { fingerprints: { visual: "clip" } }),
    () => qdrant.upsertMultimodalVector("m1", [1], null, { author_id: "ann" }),
    () => qdrant.upsertMultimodalVector("m1", null, null, { author_id: "ann" }),
    () => qdrant.searchSimilarMediaVisual([Number.NaN]),
    () => qdrant.searchSimilarMediaText({ file: "/no/such.jpg" }),
    () => qdrant.searchSimilarMediaVisual("a cat", { limit: Number.NaN }),
    () => qdrant.searchSimilarMediaVisual("a cat", { filter: { max_likes: Number.NaN } }),
    () => qdrant.searchSimilarMediaHybrid("a cat", { filter: { minLikes: 1 } as object }),
  ];
  for (const call of calls) await assert.rejects(call(), InvalidInputError);
  assert.deepEqual(asked, []);
});

test("a search without items, or refused, is an error", async (t) => {
  const nothing = await serving(t, { body: {} });
  await assert.rejects(
    new QdrantService({ url: nothing.url }).searchSimilarMediaText("a cat"),
    UnexpectedAnswerError,
  );
  const refusal = await serving(t, problem(422, "invalid-request", "text is blank"));
  await assert.rejects(
    new QdrantService({ url: refusal.url, ...ONCE }).searchSimilarMediaText(" "),
    InvalidRequestError,
  );
});

test("a weight that is no number is refused before anything is sent", async (t) => {
  const { url, asked } = await serving(t);
  const weights = { visual: Number.NaN, text: 1 };
  await assert.rejects(new QdrantService({ url }).searchSimilarMediaHybrid("a cat", { weights }), {
    name: "InvalidInputError",
    message: "weights.visual must be a finite number, not NaN",
  });
  assert.equal(asked.length, 0);
});
