import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  ConnectionError,
  FeedlensClient,
  FeedRankingService,
  MediaService,
  type ViewerEvent,
} from "../../../src/index.js";
import { control, unique, url } from "../stack.js";

const PATIENT = { maxRetries: 100, firstDelayMs: 100, maxDelayMs: 1_000, maxElapsedMs: 120_000 };
const client = new FeedlensClient({ url });

async function published(): Promise<string> {
  const media_id = unique("post");
  await new MediaService(client).publish({ media_id, author_id: "a", caption: "A green door" });
  return media_id;
}

function likes(media_id: string, count: number): ViewerEvent[] {
  const user_id = unique("viewer");
  return Array.from({ length: count }, () => ({
    event_id: unique("event"),
    user_id,
    media_id,
    kind: "like" as const,
    at: new Date(),
  }));
}

test("events given while the service is killed and started are written, none twice", async () => {
  const events = likes(await published(), 600);
  const lines: string[] = [];
  const logging = new FeedlensClient({ url, log: (line) => lines.push(line) });
  await using ranking = new FeedRankingService(logging, { events: { retries: PATIENT } });

  const restarted = control("restart-orchestrator");
  const calls: Promise<unknown>[] = [];
  for (const event of events) {
    calls.push(ranking.recordEvents([event]));
    await sleep(2);
  }
  await restarted;
  await Promise.all(calls);

  assert.ok(
    lines.some((line) => line.startsWith("again in ")),
    "no request met the restart",
  );
  const again = await ranking.recordEvents(events);
  assert.deepEqual(again.batch, { accepted: 0, skipped: events.length });
  const [{ user_id } = { user_id: "" }] = events;
  const { events: written } = await ranking.buildUserPreferenceVectors(user_id);
  assert.equal(written, events.length);
});

test("while the service is away, callers hear of it and memory stays bounded", async () => {
  const media_id = await published();
  await control("kill-orchestrator");
  const ranking = new FeedRankingService(client, {
    events: { retries: { maxRetries: 0 }, maxPending: 50 },
  });

  const outcomes = await Promise.allSettled(
    likes(media_id, 60).map((event) => ranking.recordEvents([event])),
  );
  await control("start-orchestrator");
  const { batch } = await ranking.recordEvents(likes(media_id, 1));

  const names = outcomes.map((one) => one.status === "rejected" && (one.reason as Error).name);
  assert.equal(names.filter((name) => name === "ConnectionError").length, 50);
  assert.equal(names.filter((name) => name === "EventBacklogError").length, 10);
  const [first] = outcomes;
  assert.ok(first?.status === "rejected" && first.reason instanceof ConnectionError);
  assert.equal(first.reason.code, "ECONNREFUSED");
  assert.deepEqual(batch, { accepted: 1, skipped: 0 });
});

test("a feed that is being read over a restart goes on where it was", async () => {
  for (let number = 0; number < 3; number += 1) await published();
  const ranking = new FeedRankingService({ url, retries: PATIENT });
  const shown: string[] = [];

  for await (const { items } of ranking.feed(unique("viewer"), { limit: 1 })) {
    shown.push(...items.map((item) => item.media_id));
    if (shown.length === 1) await control("restart-orchestrator");
    if (shown.length === 3) break;
  }

  assert.equal(new Set(shown).size, 3);
});
