import assert from "node:assert/strict";
import { test } from "node:test";

import { FeedRankingService, InvalidInputError, MediaWorker } from "../../src/index.js";
import { useMultimodalEmbeddings } from "../../src/connection/environment.js";

test("the variable is on unless it says no, and is refused where it says neither", (t) => {
  t.after(() => delete process.env["USE_MULTIMODAL_EMBEDDINGS"]);
  for (const [text, flag] of [["true", true], [" YES ", true], ["1", true], ["", true],
    ["false", false], ["Off", false], ["0", false]] as const) {
    process.env["USE_MULTIMODAL_EMBEDDINGS"] = text;
    assert.equal(useMultimodalEmbeddings(), flag, text);
  } // prettier-ignore
  process.env["USE_MULTIMODAL_EMBEDDINGS"] = "maybe";
  assert.throws(() => useMultimodalEmbeddings(), InvalidInputError);
  assert.equal(useMultimodalEmbeddings(false), false);
});

test("the option is a boolean, and no text that is read as one", () => {
  const useMultimodal = "false" as unknown as boolean;
  const message = "the option useMultimodal must be true or false";
  assert.throws(() => new MediaWorker({ useMultimodal }), { name: "InvalidInputError", message });
  assert.throws(() => new FeedRankingService({}, { useMultimodal }), { message });
});
