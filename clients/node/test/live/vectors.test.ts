import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ConflictError,
  FingerprintMismatchError,
  InvalidInputError,
  InvalidRequestError,
  QdrantService,
  VectorEmbeddingService,
} from "../../src/index.js";
import { sample } from "./samples.js";
import { unique, url } from "./stack.js";

const embeddings = new VectorEmbeddingService({ url });
const qdrant = new QdrantService({ url });

/** Vectors of both sides, for one picture with text in it. */
async function vectors() {
  const result = await embeddings.generateMultiModalEmbedding(sample("coffee-shop-sign.png"));
  const { visual_embedding: visual, text_embedding: text, models } = result;
  assert.ok(visual && text);
  const fingerprints = { visual: models.visual.fingerprint, text: models.text.fingerprint };
  return { visual, text, fingerprints };
}

function assertNear(found: readonly number[] | null, wanted: readonly number[]) {
  assert.equal(found?.length, wanted.length);
  assert.ok(found.every((component, at) => Math.abs(component - (wanted[at] ?? 2)) < 1e-6));
}

test("the collection tells what it holds", async () => {
  const { dimensions, fingerprints, weights } = await qdrant.ensureMultimodalCollection();
  const { visual, text, fingerprints: made } = await vectors();
  assert.deepEqual(dimensions, { visual: visual.length, text: text.length });
  assert.deepEqual(fingerprints, made);
  assert.deepEqual(Object.keys(weights).sort(), ["text", "visual"]);
});

test("vectors are stored with their payload, and read as they were", async () => {
  const { visual, text } = await vectors();
  for (const id of [unique("post"), `${unique("a/b")} ?#% 😀/vectors`]) {
    const payload = {
      media_id: id,
      author_id: "ann",
      caption: "the new café",
      ocr_text: "FRESH COFFEE",
      content_type: "meme" as const,
      created_at: new Date(Date.UTC(2026, 0, 2)),
      likes: 3,
      comments: null,
    };
    const stored = await qdrant.upsertMultimodalVector(id, visual, text, payload);
    assert.equal(stored.media_id, id);
    assert.equal(stored.caption, "the new café");
    assert.equal(stored.content_type, "meme");
    assert.equal(stored.likes, 3);
    assert.equal(stored.comments, 0);
    assert.equal(Date.parse(stored.created_at), Date.UTC(2026, 0, 2));
    const read = await qdrant.getMultimodalVectors(id);
    assert.ok(read);
    assertNear(read.visual_embedding, visual);
    assertNear(read.text_embedding, text);
    const { visual_embedding, text_embedding } = read;
    assert.deepEqual(read, { ...stored, visual_embedding, text_embedding });
    assert.equal(await qdrant.deleteMultimodalVector(id), true);
    assert.equal(await qdrant.deleteMultimodalVector(id), false);
    assert.equal(await qdrant.getMultimodalVectors(id), null);
  }
});

test("the same again changes nothing, and one side is set alone", async () => {
  const { visual, text } = await vectors();
  const id = unique("post");
  const first = await qdrant.upsertMultimodalVector(id, visual, null, { author_id: "ann" });
  assert.equal(first.has_text_embedding, false);
  assert.equal(first.content_type, "aesthetic");
  assert.deepEqual(
    await qdrant.upsertMultimodalVector(id, visual, null, { author_id: "ann" }),
    first,
  );
  const both = await qdrant.upsertMultimodalVector(id, null, text);
  assert.equal(both.has_text_embedding, true);
  const read = await qdrant.getMultimodalVectors(id);
  assertNear(read?.visual_embedding ?? null, visual);
  assertNear(read?.text_embedding ?? null, text);
});

test("vectors of a cache of one's own come with whose they are", async () => {
  const { visual, text, fingerprints } = await vectors();
  const cached = JSON.parse(JSON.stringify(visual)) as number[];
  const id = unique("post");
  await assert.rejects(
    qdrant.upsertMultimodalVector(id, cached, text, { author_id: "ann" }),
    InvalidInputError,
  );
  assert.equal(await qdrant.getMultimodalVectors(id), null);
  const payload = { author_id: "ann", fingerprints };
  await qdrant.upsertMultimodalVector(id, Float32Array.from(cached), text, payload);
  assertNear((await qdrant.getMultimodalVectors(id))?.visual_embedding ?? null, visual);
});

test("vectors that were read are stored anew, under another id", async () => {
  const { visual } = await vectors();
  const [from, to] = [unique("from"), unique("to")];
  await qdrant.upsertMultimodalVector(from, visual, null, { author_id: "ann" });
  const read = await qdrant.getMultimodalVectors(from);
  assert.ok(read?.visual_embedding);
  await qdrant.upsertMultimodalVector(to, read.visual_embedding, null, { author_id: "bob" });
  assertNear((await qdrant.getMultimodalVectors(to))?.visual_embedding ?? null, visual);
});

test("vectors of another model are refused: the old system's, and the other side's", async () => {
  const { text } = await vectors();
  const old = await embeddings.generateImageEmbedding(sample("coffee-shop-sign.png"));
  for (const vector of [old, text]) {
    const stored = qdrant.upsertMultimodalVector(unique("post"), vector, null, { author_id: "a" });
    await assert.rejects(stored, (error) => {
      assert.ok(error instanceof FingerprintMismatchError);
      assert.equal(error.status, 409);
      assert.equal(error.type, "urn:feedlens:problem:fingerprint-mismatch");
      return true;
    });
  }
});

test("another post under the same id is a conflict", async () => {
  const { visual } = await vectors();
  const id = unique("post");
  await qdrant.upsertMultimodalVector(id, visual, null, { author_id: "ann" });
  await assert.rejects(
    qdrant.upsertMultimodalVector(id, visual, null, { author_id: "bob" }),
    (error) => error instanceof ConflictError && !(error instanceof FingerprintMismatchError),
  );
});

test("what the service refuses is told with what is wrong", async () => {
  const { visual, fingerprints } = await vectors();
  const cases: [readonly number[], object, RegExp][] = [
    [visual, {}, /give author_id to store a new one/],
    [visual.slice(1), { author_id: "ann", fingerprints }, /the visual vector has shape/],
    [visual.map((it) => it / 2), { author_id: "ann", fingerprints }, /not of unit norm/],
    [visual, { author_id: "ann", content_type: "poem" }, /body\.content_type/],
    [visual, { author_id: "ann", likes: -1 }, /body\.likes/],
    [visual, { author_id: "ann", created_at: "yesterday" }, /body\.created_at/],
  ];
  for (const [vector, payload, message] of cases) {
    await assert.rejects(
      qdrant.upsertMultimodalVector(unique("post"), vector, null, payload),
      (error) => {
        assert.ok(error instanceof InvalidRequestError);
        assert.equal(error.status, 422);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test("a payload with unknown fields is refused by name, and nothing is stored", async () => {
  const { visual } = await vectors();
  const id = unique("post");
  const payload = { author_id: "ann", authorId: "ann", embedding: [1] } as object;
  await assert.rejects(qdrant.upsertMultimodalVector(id, visual, null, payload), (error) => {
    assert.ok(error instanceof InvalidInputError);
    assert.match(error.message, /authorId \(do you mean author_id\?\), embedding$/);
    return true;
  });
  assert.equal(await qdrant.getMultimodalVectors(id), null);
});
