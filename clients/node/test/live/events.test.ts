import assert from "node:assert/strict";
import { before, test } from "node:test";

import {
  FeedlensClient,
  FeedRankingService,
  InvalidRequestError,
  MediaService,
  NotFoundError,
  type ViewerEvent,
} from "../../src/index.js";
import { unique, url } from "./stack.js";

const client = new FeedlensClient({ url });
const media_id = unique("post");

before(async () => {
  const caption = "Fog over the harbour";
  await new MediaService(client).publish({ media_id, author_id: unique("author"), caption });
});

function like(user_id: string, more: Partial<ViewerEvent> = {}): ViewerEvent {
  return { user_id, media_id, kind: "like", ...more };
}

test("events are recorded once, however often they are sent", async () => {
  const ranking = new FeedRankingService(client);
  const viewer = unique("viewer");
  const event = like(viewer, { event_id: unique("event"), at: new Date(Date.now() - 60_000) });

  const first = await ranking.recordEvents([event]);
  const again = await ranking.recordEvents([event]);

  assert.deepEqual(first, {
    event_ids: [event.event_id],
    batch: { accepted: 1, skipped: 0 },
  });
  assert.deepEqual(again.batch, { accepted: 0, skipped: 1 });
  assert.equal((await ranking.buildUserPreferenceVectors(viewer)).events, 1);
});

test("of hundreds of calls at once, each fails for its own events alone", async () => {
  const ranking = new FeedRankingService(client);
  const viewer = unique("viewer");
  const missing = unique("missing");
  const calls = Array.from({ length: 300 }, (_, number) => {
    if (number % 50 === 7) return [like(viewer, { media_id: missing })];
    if (number % 100 === 8) return [like(viewer, { at: new Date(Date.now() + 86_400_000) })];
    if (number % 100 === 9) return [like(viewer, { kind: "liked" as "like" })];
    return [like(viewer)];
  });

  const outcomes = await Promise.allSettled(calls.map((events) => ranking.recordEvents(events)));

  const reasons = outcomes.flatMap((one): unknown[] =>
    one.status === "rejected" ? [one.reason] : [],
  );
  const absent = reasons.filter((reason) => reason instanceof NotFoundError);
  const invalid = reasons.filter((reason) => reason instanceof InvalidRequestError);
  assert.deepEqual([reasons.length, absent.length, invalid.length], [12, 6, 6]);
  for (const { members } of absent) assert.deepEqual(members["media_ids"], [missing]);
  assert.equal((await ranking.buildUserPreferenceVectors(viewer)).events, 288);
});

test("close sends what waits, with await using too", async () => {
  const viewer = unique("viewer");
  const ranking = new FeedRankingService(client, { events: { maxWaitMs: 600_000 } });
  const recorded = ranking.recordEvents([like(viewer), like(viewer)]);

  await ranking[Symbol.asyncDispose]();

  assert.deepEqual((await recorded).batch, { accepted: 2, skipped: 0 });
  assert.equal((await ranking.buildUserPreferenceVectors(viewer)).events, 2);
});

test("a thousand events go in one request, where that is asked for", async () => {
  const lines: string[] = [];
  const logging = new FeedlensClient({ url, log: (line) => lines.push(line) });
  const ranking = new FeedRankingService(logging, { events: { maxBatch: 1_000 } });

  const events = Array.from({ length: 1_000 }, (_, number) => like(unique(`viewer-${number}`)));
  const { batch } = await ranking.recordEvents(events);

  assert.deepEqual(batch, { accepted: 1_000, skipped: 0 });
  assert.equal(lines.length, 1);
});
