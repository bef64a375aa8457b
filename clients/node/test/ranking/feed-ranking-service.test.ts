import assert from "node:assert/strict";
import { test } from "node:test";

import { FeedRankingService, InvalidInputError } from "../../src/index.js";
import { serving } from "../support/scripted-server.js";

const TASTE = { interests: [], avoided: [] };
const PREFERENCES = {
  user_id: "ada",
  events: 0,
  built_at: "2026-01-01T00:00:00Z",
  visual: TASTE,
  text: TASTE,
  unknown_history: [],
};

await test("a viewer's vectors are read, or made of a history", async (t) => {
  const { url, asked } = await serving(t, { body: PREFERENCES });
  const service = new FeedRankingService({ url });

  assert.deepEqual(await service.buildUserPreferenceVectors("ada"), PREFERENCES);
  await service.buildUserPreferenceVectors("ada", null, { vectors: false });
  await service.buildUserPreferenceVectors("ada", [{ media_id: "m", kind: "save" }]);

  assert.deepEqual(
    asked.map(({ method, path, body }) => [method, path, body]),
    [
      ["GET", "/v1/users/ada/preferences", ""],
      ["GET", "/v1/users/ada/preferences?vectors=false", ""],
      ["PUT", "/v1/users/ada/preferences", '{"history":[{"media_id":"m","kind":"save"}]}'],
    ],
  );
});

await test("a user's id stands in the address as one part of it", async (t) => {
  const { url, asked } = await serving(t, { body: PREFERENCES });
  const service = new FeedRankingService({ url });

  await service.buildUserPreferenceVectors("a/b?c#d é");

  assert.equal(asked[0]?.path, "/v1/users/a%2Fb%3Fc%23d%20%C3%A9/preferences");
  for (const id of ["", ".", "..", "\ud800", 7 as never]) {
    await assert.rejects(service.buildUserPreferenceVectors(id), InvalidInputError);
  }
});

await test("no posts are ranked without a request; a mistake is told all the same", async (t) => {
  const { url, asked } = await serving(t);
  const service = new FeedRankingService({ url });

  assert.deepEqual(await service.rankPosts("ada", []), {
    items: [],
    unknown_posts: [],
    unknown_history: [],
  });
  await assert.rejects(service.rankPosts({} as never, []), InvalidInputError);

  assert.equal(asked.length, 0);
});

await test("an explanation is asked for by the query", async (t) => {
  const { url, asked } = await serving(t, {
    body: { items: [], unknown_posts: ["m"], unknown_history: [] },
  });

  const answer = await new FeedRankingService({ url }).rankPosts("ada", ["m"], { explain: true });

  assert.deepEqual(answer.unknown_posts, ["m"]);
  assert.equal(asked[0]?.path, "/v1/rank?explain=true");
});

await test("useMultimodal is a boolean: a string would always be true", () => {
  for (const useMultimodal of ["false", 0, null]) {
    assert.throws(() => new FeedRankingService({}, { useMultimodal: useMultimodal as never }), {
      name: "InvalidInputError",
      message: /^the option useMultimodal must be true or false/,
    });
  }
});
