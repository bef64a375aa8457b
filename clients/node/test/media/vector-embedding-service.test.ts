import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  InvalidInputError,
  UndecodableMediaError,
  UnexpectedAnswerError,
  VectorEmbeddingService,
} from "../../src/index.js";
import { makerOf } from "../../src/inputs/vectors.js";
import { fieldsOf, problem, serving } from "../support/scripted-server.js";

const MODELS = {
  visual: { fingerprint: "clip", weights: "pretrained" },
  text: { fingerprint: "mpnet", weights: "pretrained" },
};

test("a picture and its caption become vectors whose models are known", async (t) => {
  const body = { visual_embedding: [1, 0], text_embedding: [0, 1], models: MODELS };
  const { url, asked } = await serving(t, { body });
  const result = await new VectorEmbeddingService({ url }).generateMultiModalEmbedding(
    Buffer.from("jpeg"),
    "a cat",
  );
  assert.deepEqual(result, body);
  assert.equal(makerOf(result.visual_embedding), "clip");
  assert.equal(makerOf(result.text_embedding), "mpnet");
  assert.ok(asked[0]);
  assert.equal(asked[0].path, "/extract-multimodal");
  assert.deepEqual(fieldsOf(asked[0]), { file: "upload: jpeg", caption: "a cat" });
});

test("media are paths, file URLs, buffers and blobs", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'my "cat" ü.jpg');
  await writeFile(path, "jpeg");
  const { url, asked } = await serving(t, { body: { ocr_text: "", lines: [] } });
  const service = new VectorEmbeddingService({ url });
  const bytes = new TextEncoder().encode("jpeg");
  const sources = [
    path,
    pathToFileURL(path),
    bytes,
    Buffer.concat([Buffer.from("no"), bytes]).subarray(2),
    bytes.buffer.slice(0),
    new Blob(["jp", "eg"]),
    new File(["jpeg"], "cat.jpg"),
  ];
  for (const source of sources) await service.extractText(source);
  assert.deepEqual(
    asked.map((each) => fieldsOf(each)["file"]),
    [
      "my %22cat%22 ü.jpg: jpeg",
      "my %22cat%22 ü.jpg: jpeg",
      "upload: jpeg",
      "upload: jpeg",
      "upload: jpeg",
      "upload: jpeg",
      "cat.jpg: jpeg",
    ],
  );
});

test("the old vector is a list, whose model is known too", async (t) => {
  const body = { embedding: [1, 0], dimension: 2, model: { fingerprint: "vit" } };
  const { url, asked } = await serving(t, { body });
  const service = new VectorEmbeddingService({ url });
  const vector = await service.generateImageEmbedding(Buffer.from("jpeg"));
  assert.deepEqual(vector, [1, 0]);
  assert.equal(makerOf(vector), "vit");
  assert.equal(asked[0]?.path, "/embed-image");
});

test("a vector that a model failed to give is null", async (t) => {
  const body = {
    visual_embedding: null,
    text_embedding: [1],
    models: MODELS,
    degraded: ["visual"],
  };
  const { url } = await serving(t, { body });
  const service = new VectorEmbeddingService({ url });
  const result = await service.generateMultiModalEmbedding(Buffer.from("jpeg"));
  assert.equal(result.visual_embedding, null);
  assert.deepEqual(result.degraded, ["visual"]);
});

test("what is no medium is refused by all, and nothing is sent", async (t) => {
  const { url, asked } = await serving(t);
  const service = new VectorEmbeddingService({ url });
  for (const source of ["/no/such.jpg", tmpdir(), new URL("http://cdn/cat.jpg"), 7, null]) {
    const given = source as string;
    const calls = [
      () => service.generateMultiModalEmbedding(given),
      () => service.generateImageEmbedding(given),
      () => service.extractText(given),
    ];
    for (const call of calls) await assert.rejects(call(), InvalidInputError);
  }
  assert.deepEqual(asked, []);
});

test("what can't be decoded is told as such", async (t) => {
  const { url } = await serving(t, problem(422, "undecodable-media", "it is a PDF"));
  const service = new VectorEmbeddingService({ url });
  await assert.rejects(service.extractText(Buffer.from("%PDF")), (error) => {
    assert.ok(error instanceof UndecodableMediaError);
    assert.match(error.message, /it is a PDF/);
    return true;
  });
});

test("answers of something else are told", async (t) => {
  for (const body of [{ status: "ok" }, {}]) {
    const { url } = await serving(t, { body });
    const service = new VectorEmbeddingService({ url });
    const file = Buffer.from("jpeg");
    const calls = [
      () => service.generateMultiModalEmbedding(file),
      () => service.generateImageEmbedding(file),
      () => service.extractText(file),
    ];
    for (const call of calls) await assert.rejects(call(), UnexpectedAnswerError);
  }
});
