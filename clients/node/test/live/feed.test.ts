import assert from "node:assert/strict";
import { before, test } from "node:test";

import {
  FeedlensClient,
  FeedRankingService,
  type FeedPage,
  ForbiddenError,
  InvalidRequestError,
  MediaService,
} from "../../src/index.js";
import { unique, url } from "./stack.js";

const client = new FeedlensClient({ url });
const ranking = new FeedRankingService(client);
const author = unique("author");
const ids = Array.from({ length: 5 }, (_, number) => unique(`post-${number}`));

before(async () => {
  const media = new MediaService(client);
  for (const media_id of ids) {
    await media.publish({
      media_id,
      author_id: author,
      caption: `A walk in the dunes ${media_id}`,
    });
  }
});

async function taken(pages: AsyncIterable<FeedPage>): Promise<FeedPage[]> {
  const all: FeedPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

function idsOf(pages: readonly FeedPage[]): string[] {
  return pages.flatMap(({ items }) => items.map((item) => item.media_id));
}

test("a feed's pages are one session's, with every post once", async () => {
  const pages = await taken(ranking.feed(unique("viewer"), { limit: 2 }));

  const shown = idsOf(pages);
  assert.ok(shown.length >= ids.length);
  assert.equal(new Set(shown).size, shown.length);
  assert.deepEqual(
    ids.filter((id) => !shown.includes(id)),
    [],
  );
  assert.equal(new Set(pages.map((page) => page.session_id)).size, 1);
  assert.deepEqual(new Set(pages.map((page) => page.variant)), new Set(["multimodal"]));
  assert.equal(pages.at(-1)?.cursor, null);
  for (const page of pages.slice(0, -1)) assert.equal(page.items.length, 2);
});

test("every post says why it stands there: contributions add up to its score", async () => {
  const page = await ranking.feedPage(unique("viewer"), { limit: 3, explain: true });

  assert.equal(page.items.length, 3);
  for (const { score, signals, explanation } of page.items) {
    const sum = Object.values(signals).reduce((sum, one) => sum + (one?.contribution ?? 0), 0);
    assert.ok(Math.abs(sum - score) < 1e-9, `${sum} for ${score}`);
    assert.ok(explanation && explanation.sources.length > 0);
  }
});

test("a cursor goes by hand from page to page, for its viewer alone", async () => {
  const viewer = unique("viewer");
  const first = await ranking.feedPage(viewer, { limit: 2 });
  const second = await ranking.feedPage(viewer, { cursor: first.cursor });

  assert.equal(second.session_id, first.session_id);
  assert.equal(second.items.length, 2);
  assert.equal(new Set(idsOf([first, second])).size, 4);
  await assert.rejects(
    ranking.feedPage(unique("other"), { cursor: first.cursor }),
    (error) =>
      error instanceof ForbiddenError && error.type === "urn:feedlens:problem:foreign-cursor",
  );
  await assert.rejects(
    ranking.feedPage(viewer, { cursor: "AAAA" }),
    (error) =>
      error instanceof InvalidRequestError && error.type === "urn:feedlens:problem:invalid-cursor",
  );
});

test("weights change what counts, and a preview has one page", async () => {
  const none = { visual: 0, text: 0, engagement: 0, diversity: 0 };
  const options = { limit: 3, preview: true, weights: { ...none, recency: 1 } };

  const pages = await taken(ranking.feed(unique("viewer"), options));

  assert.equal(pages.length, 1);
  for (const { score, signals } of pages[0]?.items ?? []) {
    assert.ok(signals["recency"] && Math.abs(signals["recency"].contribution - score) < 1e-9);
  }
});

test("with the flag off the old ranker serves, and the session stays with it", async () => {
  const off = new FeedRankingService(client, { useMultimodal: false });
  const pages = await taken(off.feed(unique("viewer"), { limit: 2 }));

  for (const page of pages) assert.deepEqual([page.variant, page.fallback], ["legacy", null]);
});

test("who hides an author sees none of their posts in the next feed", async () => {
  const viewer = unique("viewer");
  const [media_id = ""] = ids;

  await ranking.recordEvents([{ user_id: viewer, media_id, kind: "hide_author" }]);

  const shown = idsOf(await taken(ranking.feed(viewer, { limit: 100 })));
  assert.deepEqual(
    ids.filter((id) => shown.includes(id)),
    [],
  );
});

test("mistakes are the service's to name", async () => {
  await assert.rejects(
    ranking.feedPage("ada", { limit: 1_000 }),
    (error) => error instanceof InvalidRequestError && /limit/.test(error.message),
  );
  await assert.rejects(
    ranking.feedPage("ada", { weights: { colour: 1 } }),
    (error) => error instanceof InvalidRequestError && /colour/.test(error.message),
  );
});
