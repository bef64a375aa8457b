import assert from "node:assert/strict";
import { test } from "node:test";

import { type HybridQuery, InvalidInputError, type SideQuery } from "../../src/index.js";
import { askedOfBoth, askedOfSide, filterOf } from "../../src/search/search-queries.js";
import { noteMaker } from "../../src/inputs/vectors.js";

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof InvalidInputError && message.test(error.message);

test("a query on one side is a text, a vector, or says what it is", async () => {
  const cases: [SideQuery, object][] = [
    ["a cat", { text: "a cat" }],
    ["/photos/cat.jpg", { text: "/photos/cat.jpg" }],
    [[0.5, 1], { vector: [0.5, 1] }],
    [Float32Array.of(0.5), { vector: [0.5] }],
    [{ text: "a cat" }, { text: "a cat" }],
    [{ media_id: "m1" }, { media_id: "m1" }],
    [{ vector: Float64Array.of(2) }, { vector: [2] }],
  ];
  for (const [query, json] of cases) assert.deepEqual(await askedOfSide(query, "text"), { json });
});

test("a query on both sides has a vector of each, or of one", async () => {
  const cases: [HybridQuery, object][] = [
    ["a cat", { text: "a cat" }],
    [{ media_id: "m1" }, { media_id: "m1" }],
    [
      { visual_vector: [1], text_vector: Float32Array.of(2) },
      { visual_vector: [1], text_vector: [2] },
    ],
    [{ visual_vector: null, text_vector: [2] }, { text_vector: [2] }],
  ];
  for (const [query, json] of cases) assert.deepEqual(await askedOfBoth(query), { json });
});

test("a picture is asked by as a file, with a caption on both sides alone", async () => {
  const file = new Uint8Array([1, 2, 3]);
  assert.equal((await askedOfSide({ file }, "visual")).form?.file.bytes, 3);
  const both = await askedOfBoth({ file, caption: "mine" });
  assert.equal(both.form?.file.bytes, 3);
  assert.equal(both.form.caption, "mine");
  const captioned = { file, caption: "mine" };
  await assert.rejects(
    askedOfSide(captioned, "visual"),
    refused(/on one side has no field caption$/),
  );
  await assert.rejects(
    askedOfSide({ file: "/no/such.jpg" }, "text"),
    refused(/can't be read \(ENOENT\)/),
  );
});

test("what is no query is refused with what to give", async () => {
  const sides: [unknown, RegExp][] = [
    [Buffer.from("jpeg"), /give a picture as \{ file \}/],
    [new Blob(["jpeg"]), /give a picture as \{ file \}/],
    [new URL("file:///cat.jpg"), /give a picture as \{ file \}/],
    [undefined, /a query is a text, a vector, or an object/],
    [7, /a query is a text, a vector, or an object/],
    [{ mediaId: "m1" }, /no field mediaId \(do you mean media_id\?\)/],
    [{ visual_vector: [1] }, /no field visual_vector/],
    [[1, null], /query\[1\] is null/],
    [{ vector: "a" }, /vector must be a vector/],
  ];
  for (const [query, message] of sides) {
    await assert.rejects(askedOfSide(query as SideQuery, "visual"), refused(message));
  }
  const both: [unknown, RegExp][] = [
    [[1, 2], /say which side it is/],
    [{ vector: [1] }, /a hybrid query has no field vector/],
    [{ visualVector: [1] }, /do you mean visual_vector\?/],
    [null, /a query is a text, a vector, or an object/],
  ];
  for (const [query, message] of both) {
    await assert.rejects(askedOfBoth(query as HybridQuery), refused(message));
  }
});

test("a filter's dates may be Dates, and its names are checked", () => {
  const filter = {
    author_ids: ["ann"],
    created_after: new Date(0),
    created_before: "2026-01-01T00:00:00Z",
  };
  assert.deepEqual(filterOf(filter), { ...filter, created_after: "1970-01-01T00:00:00.000Z" });
  assert.equal(filterOf(undefined), undefined);
  assert.equal(filterOf(null), undefined);
  const misnamed = { minLikes: 1 } as object;
  assert.throws(() => filterOf(misnamed), refused(/a filter has no field minLikes .*min_likes/));
  assert.throws(() => filterOf({ created_after: new Date(NaN) }), refused(/created_after must be/));
});

test("a vector that this package gave for another side is refused", async () => {
  const [visual, text, legacy] = [[1], [2], [3]];
  noteMaker(visual, "visual", "clip");
  noteMaker(text, "text", "mpnet");
  noteMaker(legacy, "legacy", "vit");

  assert.deepEqual(await askedOfSide(visual, "visual"), { json: { vector: [1] } });
  assert.deepEqual(await askedOfSide({ vector: text }, "text"), { json: { vector: [2] } });
  await assert.rejects(askedOfSide(text, "visual"), refused(/^query must be a visual vector/));
  await assert.rejects(
    askedOfSide({ vector: legacy }, "text"),
    refused(/this one is a legacy one$/),
  );
  await assert.rejects(
    askedOfBoth({ text_vector: legacy }),
    refused(/^text_vector must be a text/),
  );
  await assert.rejects(askedOfBoth({ visual_vector: text }), refused(/^visual_vector must be/));
});
