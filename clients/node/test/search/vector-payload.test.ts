import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidInputError, type VectorPayload } from "../../src/index.js";
import { vectorsPut } from "../../src/search/vector-payload.js";
import { componentsOf, noteMaker } from "../../src/inputs/vectors.js";

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof InvalidInputError && message.test(error.message);

test("vectors of any kind of array become lists of finite numbers", () => {
  assert.deepEqual(componentsOf("v", [0.5, -1], "visual"), [0.5, -1]);
  assert.deepEqual(componentsOf("v", Float32Array.of(0.5, -1), "visual"), [0.5, -1]);
  assert.deepEqual(componentsOf("v", Float64Array.of(0.1), "visual"), [0.1]);
  assert.throws(() => componentsOf("v", [0, Number.NaN], "visual"), refused(/^v\[1\] is NaN/));
  assert.throws(
    () => componentsOf("v", [0, "1"], "visual"),
    refused(/^v\[1\] is 1, no finite number/),
  );
  assert.throws(() => componentsOf("v", [, 1], "visual"), refused(/^v\[0\] is undefined/));
  for (const value of [Buffer.from("a"), "a", null, { 0: 1 }]) {
    assert.throws(() => componentsOf("v", value, "visual"), refused(/^v must be a vector/));
  }
});

test("a payload of old travels: null and its own media_id are left out", () => {
  const payload: VectorPayload = {
    media_id: "m1",
    author_id: "ann",
    caption: "",
    ocr_text: null,
    likes: null,
    comments: 0,
    created_at: new Date(0),
    media_url: undefined,
    fingerprints: { visual: "clip", text: "mpnet" },
  };
  assert.deepEqual(vectorsPut("m1", Float32Array.of(1), null, payload), {
    author_id: "ann",
    caption: "",
    comments: 0,
    created_at: "1970-01-01T00:00:00.000Z",
    visual: [1],
    fingerprints: { visual: "clip" },
  });
});

test("the model of vectors that this package gave is known, of these very arrays", () => {
  const visual = [1, 0];
  const text = [0, 1];
  noteMaker(visual, "visual", "clip");
  noteMaker(text, "text", "mpnet");
  noteMaker(null, "visual", "clip");
  assert.deepEqual(vectorsPut("m1", visual, text, {}).fingerprints, {
    visual: "clip",
    text: "mpnet",
  });
  assert.throws(
    () => vectorsPut("m1", [...visual], null, {}),
    refused(/which model made the visual vector is not known.*result\.models\.visual\.fingerprint/),
  );
  assert.throws(() => vectorsPut("m1", visual, [...text], {}), refused(/made the text vector/));
});

test("a fingerprint that is said counts before one that is known", () => {
  const visual = [1, 0];
  noteMaker(visual, "visual", "clip");
  const { fingerprints } = vectorsPut("m1", visual, null, { fingerprints: { visual: "other" } });
  assert.deepEqual(fingerprints, { visual: "other" });
});

test("what the service would not take, or misunderstand, is refused", () => {
  const said = { fingerprints: { visual: "clip" } };
  const cases: [RegExp, Parameters<typeof vectorsPut>][] = [
    [
      /no field authorId \(do you mean author_id\?\)/,
      ["m", [1], null, { authorId: "a" } as object],
    ],
    [/no field image$/, ["m", [1], null, { fingerprints: { image: "clip" } as object }]],
    [/media_id is not that of the call/, ["m", [1], null, { ...said, media_id: "other" }]],
    [/give a visual vector, a text one, or both/, ["m", null, undefined, said]],
    [/created_at must be a Date/, ["m", [1], null, { ...said, created_at: new Date(NaN) }]],
    [/visual\[0\] is Infinity/, ["m", [Infinity], null, said]],
  ];
  for (const [message, given] of cases) {
    assert.throws(() => vectorsPut(...given), refused(message));
  }
});
