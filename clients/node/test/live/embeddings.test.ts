import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  InvalidInputError,
  InvalidRequestError,
  QdrantService,
  TooLargeError,
  UndecodableMediaError,
  VectorEmbeddingService,
} from "../../src/index.js";
import { sample } from "./samples.js";
import { url } from "./stack.js";

const embeddings = new VectorEmbeddingService({ url });
const SIGN = sample("coffee-shop-sign.png");

function norm(vector: readonly number[]): number {
  return Math.hypot(...vector);
}

test("a picture and its caption have vectors of unit norm of the models in use", async () => {
  const { dimensions, fingerprints } = await new QdrantService({
    url,
  }).ensureMultimodalCollection();
  const result = await embeddings.generateMultiModalEmbedding(SIGN, "the new café");
  assert.ok(result.visual_embedding && result.text_embedding);
  assert.equal(result.visual_embedding.length, dimensions.visual);
  assert.equal(result.text_embedding.length, dimensions.text);
  assert.ok(Math.abs(norm(result.visual_embedding) - 1) < 1e-3);
  assert.ok(Math.abs(norm(result.text_embedding) - 1) < 1e-3);
  assert.equal(result.models.visual.fingerprint, fingerprints.visual);
  assert.equal(result.models.text.fingerprint, fingerprints.text);
  assert.match(result.ocr_text, /FRESH COFFEE/);
  assert.equal(result.media_type, "image");
  assert.ok(typeof result.alignment_score === "number");
  assert.deepEqual(result.degraded, []);
});

test("a path, a file URL, bytes and a Blob are the same picture", async () => {
  const bytes = await readFile(SIGN);
  const sources = [
    SIGN,
    pathToFileURL(SIGN),
    bytes,
    await openAsBlob(SIGN),
    new File([bytes], "é"),
  ];
  const [first, ...others] = await Promise.all(
    sources.map((source) => embeddings.generateMultiModalEmbedding(source)),
  );
  assert.ok(first);
  assert.match(first.content_hash, /^sha256:[\da-f]{64}$/);
  for (const other of others) {
    assert.equal(other.content_hash, first.content_hash);
    assert.deepEqual(other.visual_embedding, first.visual_embedding);
  }
});

test("without words there is no text vector", async () => {
  const result = await embeddings.generateMultiModalEmbedding(sample("garden-dahlia.jpg"), "  ");
  assert.equal(result.text_embedding, null);
  assert.equal(result.has_text_embedding, false);
  assert.equal(result.alignment_score, null);
});

test("a video has the vector of its frames, with their times", async () => {
  const result = await embeddings.generateMultiModalEmbedding(sample("two-gardens.mp4"));
  assert.equal(result.media_type, "video");
  assert.ok(result.duration_s && result.frame_times_s && result.visual_embedding);
  assert.ok(result.frame_times_s.every((time) => time >= 0 && time <= (result.duration_s ?? 0)));
  assert.ok(Math.abs(norm(result.visual_embedding) - 1) < 1e-3);
});

test("the old system's vector is another one", async () => {
  const vector = await embeddings.generateImageEmbedding(SIGN);
  assert.equal(vector.length, 768);
  assert.ok(Math.abs(norm(vector) - 1) < 1e-3);
});

test("text is read line by line, with boxes", async () => {
  const { ocr_text, lines } = await embeddings.extractText(sample("cat-meme.jpg"));
  assert.equal(ocr_text, "YOU WERE GONE FOUR MINUTES\nSO I ATE THE PLANT");
  assert.deepEqual(
    lines.map(({ text, box }) => [text, box.length]),
    [
      ["YOU WERE GONE FOUR MINUTES", 4],
      ["SO I ATE THE PLANT", 4],
    ],
  );
});

test("what is no picture is told as such by all", async () => {
  await assert.rejects(embeddings.extractText(new Uint8Array()), (error) => {
    assert.ok(error instanceof InvalidRequestError);
    assert.match(error.message, /the uploaded file is empty/);
    return true;
  });
  for (const bytes of [Buffer.from("%PDF-1.7"), Buffer.from("<html></html>")]) {
    for (const call of [
      () => embeddings.generateMultiModalEmbedding(bytes, "a cat"),
      () => embeddings.generateImageEmbedding(bytes),
      () => embeddings.extractText(bytes),
    ]) {
      await assert.rejects(call(), (error) => {
        assert.ok(error instanceof UndecodableMediaError);
        assert.equal(error.status, 422);
        assert.equal(error.type, "urn:feedlens:problem:undecodable-media");
        return true;
      });
    }
  }
});

test("the old system has no vectors of videos", async () => {
  const video = embeddings.generateImageEmbedding(sample("two-gardens.mp4"));
  await assert.rejects(video, UndecodableMediaError);
});

test("a picture that is too large is told as such, though the body was not all read", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-large-"));
  t.after(() => rm(folder, { recursive: true }));
  const large = join(folder, "large.png");
  await copyFile(SIGN, large);
  await truncate(large, 600_000_000); // the rest is a hole, which takes neither disk nor memory
  await assert.rejects(embeddings.extractText(large), (error) => {
    assert.ok(error instanceof TooLargeError);
    assert.equal(error.status, 413);
    return true;
  });
});

test("a caption beyond bounds is too large; a file that is not there is refused here", async () => {
  await assert.rejects(
    embeddings.generateMultiModalEmbedding(SIGN, "word ".repeat(50_000)),
    TooLargeError,
  );
  await assert.rejects(embeddings.extractText("/no/such.jpg"), InvalidInputError);
});

test("an abort in the middle of an upload ends it", async () => {
  const ending = new AbortController();
  class LeftInTheMiddle extends Blob {
    override stream() {
      const leave = new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, sent) {
          sent.enqueue(piece);
          ending.abort(new Error("the user left"));
        },
      });
      return super.stream().pipeThrough(leave) as ReturnType<Blob["stream"]>;
    }
  }
  const file = new LeftInTheMiddle([await readFile(SIGN), Buffer.alloc(5_000_000)]);
  await assert.rejects(embeddings.extractText(file, { signal: ending.signal }), (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "AbortError");
    assert.equal((error.cause as Error).message, "the user left");
    return true;
  });
});
