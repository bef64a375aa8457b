import assert from "node:assert/strict";
import { test } from "node:test";

import {
  EventBacklogError,
  EventsClosedError,
  FeedRankingService,
  InvalidInputError,
} from "../../src/index.js";
import { EventServer } from "./event-server.js";
import { event, NEVER, numbered } from "./given-events.js";

await test("calls within the wait go in one request, and each hears of its own ids", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service();

  const answers = await Promise.all([
    service.recordEvents([event("a")]),
    service.recordEvents([event("b"), event("c")]),
  ]);

  assert.deepEqual(server.requests, [["a", "b", "c"]]);
  const batch = { accepted: 3, skipped: 0 };
  assert.deepEqual(answers, [
    { event_ids: ["a"], batch },
    { event_ids: ["b", "c"], batch },
  ]);
});

await test("a full batch is sent without waiting", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ ...NEVER, maxBatch: 2 });

  await Promise.all([service.recordEvents([event("a")]), service.recordEvents([event("b")])]);

  assert.deepEqual(server.requests, [["a", "b"]]);
});

await test("more events than a batch holds go in several requests, one at a time", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ maxBatch: 2, maxWaitMs: 0 });

  const answer = await service.recordEvents(numbered(5));

  assert.deepEqual(server.requests, [["e0", "e1"], ["e2", "e3"], ["e4"]]);
  assert.deepEqual(answer.batch, { accepted: 5, skipped: 0 });
  assert.deepEqual(answer.event_ids, ["e0", "e1", "e2", "e3", "e4"]);
});

await test("events that come while a request is under way gather for the next one", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ maxWaitMs: 0 });
  const release = server.hold();

  const calls = [service.recordEvents([event("a")])];
  await server.arrived(1);
  calls.push(service.recordEvents([event("b")]), service.recordEvents([event("c")]));
  assert.equal(service.pendingEvents, 3);
  release();
  await Promise.all(calls);

  assert.deepEqual(server.requests, [["a"], ["b", "c"]]);
  assert.equal(service.pendingEvents, 0);
});

await test("the same event of two calls goes in two requests and is written once", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service();

  const answers = await Promise.all([
    service.recordEvents([event("a")]),
    service.recordEvents([event("a")]),
  ]);

  assert.deepEqual(server.requests, [["a"], ["a"]]);
  assert.deepEqual(
    answers.map(({ batch }) => batch),
    [
      { accepted: 1, skipped: 0 },
      { accepted: 0, skipped: 1 },
    ],
  );
});

await test("a retry sends the same events: made-up ids and moments stay", async (t) => {
  const server = await EventServer.start(t);
  server.failures.push(503, 503);
  const service = server.service({}, { retries: { firstDelayMs: 1 } });

  const { event_ids, batch } = await service.recordEvents([
    { user_id: "u", media_id: "m", kind: "view" },
  ]);

  assert.deepEqual(server.requests, [event_ids, event_ids, event_ids]);
  assert.deepEqual(batch, { accepted: 1, skipped: 0 });
});

await test("each call fails for its own events, and all others are written", async (t) => {
  const server = await EventServer.start(t);
  server.missing.add("gone");
  const service = server.service();
  const calls = [
    [event("good-1")],
    [event("fine"), event("missing", { media_id: "gone" })],
    [event("misspelt", { kind: "liked" as "like" })],
    [event("good-2")],
    [event("early", { at: "2030-01-01T00:00:00Z" })],
    [event("good-3")],
  ];

  const outcomes = await Promise.allSettled(calls.map((events) => service.recordEvents(events)));

  const told = outcomes.map((outcome) =>
    outcome.status === "fulfilled" ? "written" : String(outcome.reason),
  );
  assert.deepEqual(told, [
    "written",
    "NotFoundError: POST /v1/events: 404 No: no such post",
    "InvalidRequestError: POST /v1/events: 422 No: a kind",
    "written",
    "InvalidRequestError: POST /v1/events: 422 No: event 'early': at lies in the future",
    "written",
  ]);
  assert.deepEqual([...server.stored.keys()].sort(), ["good-1", "good-2", "good-3"]);
});

await test("an error's members are of the call's own events", async (t) => {
  const server = await EventServer.start(t);
  server.missing.add("gone-1").add("gone-2");
  const service = server.service();

  const outcomes = await Promise.allSettled([
    service.recordEvents([event("a", { media_id: "gone-1" })]),
    service.recordEvents([event("b", { media_id: "gone-2" })]),
  ]);

  const missing = outcomes.map(
    (outcome) =>
      outcome.status === "rejected" &&
      (outcome.reason as { members: Record<string, unknown> }).members["media_ids"],
  );
  assert.deepEqual(missing, [["gone-1"], ["gone-2"]]);
});

await test("a batch that is too large goes in smaller ones", async (t) => {
  const server = await EventServer.start(t);
  server.most = 3;
  const service = server.service();

  const calls = numbered(8).map((one) => service.recordEvents([one]));
  await Promise.all(calls);

  assert.equal(server.stored.size, 8);
});

await test("what is nobody's fault fails all calls of the batch, once", async (t) => {
  const server = await EventServer.start(t);
  server.failures.push(500);
  const service = server.service();

  const outcomes = await Promise.allSettled([
    service.recordEvents([event("a")]),
    service.recordEvents([event("b")]),
  ]);

  for (const outcome of outcomes) {
    assert.equal(outcome.status === "rejected" && (outcome.reason as Error).name, "ServerError");
  }
  assert.equal(server.requests.length, 1);
});

await test("beyond maxPending nothing is taken, until there is room again", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ ...NEVER, maxPending: 3 });
  const taken = service.recordEvents([event("a"), event("b")]);

  await assert.rejects(
    service.recordEvents([event("c"), event("d")]),
    (error) =>
      error instanceof EventBacklogError &&
      error.type === "urn:feedlens:client:event-backlog" &&
      /2 events are pending, and 2 more are over maxPending, 3/.test(error.message),
  );
  const last = service.recordEvents([event("e")]);
  await service.flush();
  await Promise.all([taken, last, service.flush()]);

  assert.deepEqual(server.requests, [["a", "b", "e"]]);
});

await test("flush sends what waits, and resolves however that ends", async (t) => {
  const server = await EventServer.start(t);
  server.missing.add("gone");
  const service = server.service(NEVER);
  const settled: string[] = [];

  const calls = [
    service.recordEvents([event("a")]).then(() => settled.push("a")),
    service
      .recordEvents([event("b", { media_id: "gone" })])
      .catch((error: unknown) => settled.push((error as Error).name)),
  ];
  await service.flush();
  await Promise.all(calls);

  assert.deepEqual(settled.sort(), ["NotFoundError", "a"]);
  await service.flush();
});

await test("close drains all that was taken; then nothing is", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ ...NEVER, maxBatch: 2 });

  const calls = [service.recordEvents(numbered(5)), service.recordEvents([event("last")])];
  await Promise.all([service.close(), service.close()]);

  await Promise.all(calls);
  assert.equal(server.stored.size, 6);
  await assert.rejects(
    service.recordEvents([event("late")]),
    (error) => error instanceof EventsClosedError && error.status === undefined,
  );
  await service[Symbol.asyncDispose]();
});

await test("close gives up what is not written in time, and tells its callers", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service({ ...NEVER, maxBatch: 1 });
  server.hold();
  const calls = [service.recordEvents([event("a")]), service.recordEvents([event("b")])];
  const outcomes = Promise.allSettled(calls);
  await server.arrived(1);

  await service.close({ timeoutMs: 20 });

  for (const outcome of await outcomes) {
    const reason: unknown = outcome.status === "rejected" && outcome.reason;
    assert.ok(reason instanceof EventsClosedError);
    assert.match(reason.message, /not written within 20 ms/);
  }
  await server.givenUp(1);
  assert.equal(service.pendingEvents, 0);
});

await test("a mistake of a call's own is told before anything waits", async (t) => {
  const server = await EventServer.start(t);
  const service = server.service(NEVER);

  await assert.rejects(
    service.recordEvents([event("a"), event("b", { value: Infinity })]),
    InvalidInputError,
  );

  assert.equal(service.pendingEvents, 0);
});

const MISTAKES: readonly (readonly [string, Record<string, number>])[] = [
  ["maxBatch", { maxBatch: 1_001 }],
  ["maxBatch", { maxBatch: 2.5 }],
  ["maxWaitMs", { maxWaitMs: NaN }],
  ["maxPending", { maxPending: 0 }],
  ["timeoutMs", { timeoutMs: -1 }],
];

for (const [name, events] of MISTAKES) {
  await test(`an option out of its bounds is named: ${JSON.stringify(events)}`, () => {
    assert.throws(
      () => new FeedRankingService({}, { events }),
      (error) => error instanceof InvalidInputError && error.message.includes(name),
    );
  });
}
