import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type FoundPost,
  InvalidInputError,
  type RankPost,
  type RankViewer,
} from "../../src/index.js";
import { rankRequest } from "../../src/ranking/rank-requests.js";

/** As it travels: without what is undefined. */
function sent(viewer: RankViewer, posts: readonly (string | RankPost)[] = ["m"]): unknown {
  return JSON.parse(JSON.stringify(rankRequest(viewer, posts, {})));
}

const POSTS = [{ media_id: "m" }];

await test("a viewer is a user's id, alone or named", () => {
  assert.deepEqual(sent("ada"), { user_id: "ada", posts: POSTS });
  assert.deepEqual(sent({ user_id: "ada" }), { user_id: "ada", posts: POSTS });
});

await test("a viewer is what they did", () => {
  const history = [
    { media_id: "a" },
    { media_id: "b", kind: "dwell", value: 3, at: new Date("2026-01-02T03:04:05Z") },
  ] as const;

  assert.deepEqual(sent({ history }), {
    history: [
      { media_id: "a" },
      { media_id: "b", kind: "dwell", value: 3, at: "2026-01-02T03:04:05.000Z" },
    ],
    posts: POSTS,
  });
});

await test("a viewer is vectors, of whatever kind of array", () => {
  const vectors = { visual: Float32Array.of(0.5, -1), text: [0, 2] };

  assert.deepEqual(sent({ vectors }), {
    vectors: { visual: [0.5, -1], text: [0, 2] },
    posts: POSTS,
  });
  assert.deepEqual(sent({ vectors: { visual: null, text: Float64Array.of(0.1) } }), {
    vectors: { visual: null, text: [0.1] },
    posts: POSTS,
  });
});

await test("posts are ids, or have counters and a date of the caller's", () => {
  const created_at = new Date("2026-01-02T00:00:00Z");

  assert.deepEqual(sent("ada", ["a", { media_id: "b", likes: 3, comments: 0, created_at }]), {
    user_id: "ada",
    posts: [
      { media_id: "a" },
      { media_id: "b", likes: 3, comments: 0, created_at: "2026-01-02T00:00:00.000Z" },
    ],
  });
});

await test("weights and a limit go along, and the caller's own stay as they are", () => {
  const weights = Object.freeze({ recency: 1 });

  const request = rankRequest("ada", ["m"], { weights, limit: 3, explain: true, timeoutMs: 5 });

  assert.deepEqual(request, { user_id: "ada", posts: request.posts, weights, limit: 3 });
});

await test("what this package resolved with can be ranked, and ranked for", () => {
  const taste = { interests: [], avoided: [] };
  const preferences = { user_id: "ada", events: 0, built_at: "…", visual: taste, text: taste };
  const found: FoundPost = {
    media_id: "m",
    score: 0.5,
    contributions: { visual: 0.5 },
    author_id: "ann",
    caption: null,
    ocr_text: "",
    content_type: "mixed",
  };
  assert.deepEqual(sent(preferences, [found]), { user_id: "ada", posts: POSTS });
});

const REFUSED: readonly (readonly [unknown, unknown, RegExp])[] = [
  [null, ["m"], /viewer must be an object/],
  [{}, ["m"], /viewer: give a user's id, or one of user_id, history and vectors/],
  [{ user_id: "a", vectors: { text: [1] } }, ["m"], /one of user_id, history and vectors/],
  [{ userId: "a" }, ["m"], /no field userId \(do you mean user_id/],
  [{ history: "m" }, ["m"], /history must be a list/],
  [{ history: [{ media_id: "m", value: NaN }] }, ["m"], /history\[0\]\.value/],
  [{ vectors: { image: [1] } }, ["m"], /viewer\.vectors has no field image/],
  [{ vectors: { visual: [1, NaN] } }, ["m"], /viewer\.vectors\.visual\[1\] is NaN/],
  ["", ["m"], /viewer must be a string that is not empty/],
  [{ user_id: 7 }, ["m"], /viewer\.user_id must be a string that is not empty/],
  [{ history: [{ kind: "like" }] }, ["m"], /history\[0\]\.media_id must be a string/],
  ["ada", [""], /posts\[0\] must be a string that is not empty/],
  ["ada", [{ likes: 1 }], /posts\[0\]\.media_id must be a string that is not empty/],
  ["ada", [{ mediaId: "m" }], /no field mediaId \(do you mean media_id/],
  ["ada", "m", /posts must be a list/],
  ["ada", [7], /posts\[0\] must be an object/],
  ["ada", [{ media_id: "m", likes: Infinity }], /posts\[0\]\.likes .* not Infinity/],
  ["ada", [{ media_id: "m", created_at: new Date("x") }], /posts\[0\]\.created_at must be a Date/],
];

for (const [viewer, posts, message] of REFUSED) {
  await test(`refused: ${String(message)}`, () => {
    assert.throws(
      () => rankRequest(viewer as RankViewer, posts as string[], {}),
      (error) => error instanceof InvalidInputError && message.test(error.message),
    );
  });
}

for (const weights of [
  { recency: NaN },
  { recency: Infinity },
  { recency: "1" },
  { recency: null },
]) {
  await test(`a weight must be a finite number: ${String(weights.recency)}`, () => {
    assert.throws(
      () => rankRequest("ada", ["m"], { weights: weights as Record<string, number> }),
      (error) => error instanceof InvalidInputError && /weights\.recency/.test(error.message),
    );
  });
}
