/** What services are made with is one client, or the options of one, and nothing that is passed over. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type ClientOptions,
  FeedlensClient,
  FeedRankingService,
  InvalidInputError,
  MediaService,
  QdrantService,
  VectorEmbeddingService,
} from "../../src/index.js";

const SERVICES = [
  FeedlensClient,
  FeedRankingService,
  MediaService,
  QdrantService,
  VectorEmbeddingService,
];

const REFUSED: readonly (readonly [unknown, RegExp])[] = [
  ["http://elsewhere:8000", /^ClientOptions must be an object$/],
  [new URL("http://elsewhere:8000"), /^ClientOptions must be an object$/],
  [null, /^ClientOptions must be an object$/],
  [{ baseUrl: "http://elsewhere:8000" }, /^ClientOptions has no field baseUrl$/],
  [{ host: "elsewhere", port: 8000 }, /^ClientOptions has no field host, port$/],
  [{ timeoutMS: 5 }, /no field timeoutMS \(do you mean timeoutMs\?\)$/],
  [{ timeout_ms: 5 }, /no field timeout_ms \(do you mean timeoutMs\?\)$/],
  [{ useMultimodal: false }, /^ClientOptions has no field useMultimodal$/],
];

for (const Service of SERVICES) {
  test(`${Service.name} refuses what is no client's option`, () => {
    for (const [given, message] of REFUSED) {
      assert.throws(
        () => new Service(given as ClientOptions),
        (error) => error instanceof InvalidInputError && message.test(error.message),
      );
    }
  });
}

test("options that are undefined are left out", () => {
  const options: ClientOptions = { url: "http://127.0.0.1:1", timeoutMs: undefined };
  assert.equal(
    new FeedlensClient({ ...options, timeOut: undefined } as ClientOptions).url.port,
    "1",
  );
});

test("a client is itself, options make one", () => {
  const client = new FeedlensClient({ url: "http://127.0.0.1:1" });
  assert.equal(FeedlensClient.of(client), client);
  assert.equal(FeedlensClient.of({ url: "http://127.0.0.1:2" }).url.port, "2");
});
