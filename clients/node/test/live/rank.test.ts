import assert from "node:assert/strict";
import { before, test } from "node:test";

import {
  FeedlensClient,
  FeedRankingService,
  InvalidRequestError,
  MediaService,
  QdrantService,
  type RankedPosts,
} from "../../src/index.js";
import { unique, url } from "./stack.js";

const client = new FeedlensClient({ url });
const ranking = new FeedRankingService(client);
const [stars, bread, telescope] = [unique("stars"), unique("bread"), unique("telescope")];
const CAPTIONS = new Map([
  [stars, "The rings of Saturn through a telescope tonight"],
  [bread, "Sourdough bread, fresh from my oven"],
  [telescope, "I built a telescope to look at the planets"],
]);
/** The same counters and the same age: what is left is taste. */
const EQUAL = { likes: 5, comments: 1, created_at: new Date("2026-01-01T00:00:00Z") };
const TEXT_ALONE = { visual: 0, engagement: 0, recency: 0, diversity: 0, text: 1 };

before(async () => {
  const media = new MediaService(client);
  for (const [media_id, caption] of CAPTIONS) {
    await media.publish({ media_id, author_id: unique("author"), caption });
  }
});

function order(answer: RankedPosts): string[] {
  return answer.items.map((item) => item.media_id);
}

test("posts stand in the order of what a history says, with what is unknown told", async () => {
  const unknown = unique("unknown");
  const viewer = { history: [{ media_id: telescope }, { media_id: unknown }] };
  const posts = [bread, unknown, stars].map((media_id) => ({ media_id, ...EQUAL }));

  const answer = await ranking.rankPosts(viewer, posts, { weights: TEXT_ALONE });

  assert.deepEqual(order(answer), [stars, bread]);
  assert.deepEqual(answer.unknown_posts, [unknown]);
  assert.deepEqual(answer.unknown_history, [unknown]);
});

test("a viewer's vector is a post's own: that post comes first, with a cosine of 1", async () => {
  const stored = await new QdrantService(client).getMultimodalVectors(bread);
  assert.ok(stored?.text_embedding);
  const viewer = { vectors: { text: Float32Array.from(stored.text_embedding) } };

  const answer = await ranking.rankPosts(viewer, [stars, bread, telescope], {
    weights: TEXT_ALONE,
    limit: 2,
    explain: true,
  });

  assert.equal(answer.items.length, 2);
  assert.equal(answer.items[0]?.media_id, bread);
  const cosine = answer.items[0].signals["text"]?.raw ?? 0;
  assert.ok(Math.abs(cosine - 1) < 1e-3, String(cosine));
  assert.equal(answer.items[0].explanation?.place, 0);
});

test("counters of the caller's stand in for the stored ones", async () => {
  const weights = { visual: 0, text: 0, recency: 0, diversity: 0, engagement: 1 };
  const posts = [stars, { media_id: bread, likes: 1_000_000, comments: 5_000 }, telescope];

  const answer = await ranking.rankPosts(unique("viewer"), posts, { weights });

  assert.equal(order(answer)[0], bread);
  assert.equal(order(answer).length, 3);
});

test("vectors made of a history are the viewer's from then on", async () => {
  const viewer = unique("viewer/with a slash");
  assert.equal((await ranking.buildUserPreferenceVectors(viewer)).events, 0);

  const made = await ranking.buildUserPreferenceVectors(viewer, [
    { media_id: bread, kind: "save", at: new Date() },
    { media_id: stars, kind: "view" },
  ]);
  const read = await ranking.buildUserPreferenceVectors(viewer);
  const short = await ranking.buildUserPreferenceVectors(viewer, null, { vectors: false });

  assert.equal(made.user_id, viewer);
  assert.equal(made.events, 2);
  assert.deepEqual(read, { ...made, unknown_history: [] });
  const vector = read.text.interests[0]?.vector ?? [];
  assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3);
  assert.equal(short.text.interests[0]?.vector, null);
  const posts = [stars, bread].map((media_id) => ({ media_id, ...EQUAL }));
  const answer = await ranking.rankPosts(viewer, posts, { weights: TEXT_ALONE });
  assert.deepEqual(order(answer), [bread, stars]);
});

test("a post twice, and a vector of another length, are the service's to refuse", async () => {
  await assert.rejects(
    ranking.rankPosts("ada", [stars, stars]),
    (error) =>
      error instanceof InvalidRequestError && String(error.members["duplicates"]) === stars,
  );
  await assert.rejects(
    ranking.rankPosts({ vectors: { visual: [1, 0] } }, [stars]),
    (error) => error instanceof InvalidRequestError && /vectors\.visual/.test(error.message),
  );
});
