import assert from "node:assert/strict";
import { test } from "node:test";

import { partsAfter } from "../../src/events/event-parts.js";
import {
  ConflictError,
  type FeedlensError,
  InvalidRequestError,
  NotFoundError,
  ServerError,
  TimeoutError,
  TooLargeError,
} from "../../src/index.js";

/** Groups of events that are told by "id:post", parted by blanks, as in "a:1 b:2". */
function group(text: string) {
  const events = text.split(" ").map((one) => {
    const [event_id = "", media_id = ""] = one.split(":");
    return { event_id, media_id, user_id: "u", kind: "like" as const, at: "2026-01-01T00:00:00Z" };
  });
  return { text, events };
}

function parted(error: FeedlensError, ...texts: string[]): string[][] | undefined {
  return partsAfter(error, texts.map(group))?.map((part) => part.map(({ text }) => text));
}

function facts(members: Record<string, unknown>) {
  return { type: "urn:feedlens:problem:x", members };
}

await test("a post that is missing parts those who named it from the rest", () => {
  const error = new NotFoundError("no", facts({ media_ids: ["2", "4"] }));

  assert.deepEqual(parted(error, "a:1", "b:2", "c:3 d:4", "e:5"), [
    ["a:1", "e:5"],
    ["b:2"],
    ["c:3 d:4"],
  ]);
});

await test("those that miss the same posts go together, and hear of it together", () => {
  const error = new NotFoundError("no", facts({ media_ids: ["1", "2"] }));

  assert.deepEqual(parted(error, "a:1", "b:2", "c:3", "d:4 e:1", "f:1 g:2"), [
    ["c:3"],
    ["a:1", "d:4 e:1"],
    ["b:2"],
    ["f:1 g:2"],
  ]);
  assert.equal(parted(error, "a:1 b:2", "c:2 d:1 e:1"), undefined);
});

await test("places of events are those in the whole request, over the groups", () => {
  const errors = [{ where: "body.events.2.at" }, { where: "body.events.12.at" }, { where: 3 }];

  assert.deepEqual(parted(new InvalidRequestError("no", facts({ errors })), "a:1 b:1", "c:1 d:1"), [
    ["a:1 b:1"],
    ["c:1 d:1"],
  ]);
});

await test("ids that conflict are parted from the rest", () => {
  const error = new ConflictError("no", facts({ duplicates: ["b"] }));

  assert.deepEqual(parted(error, "a:1", "b:1", "c:1"), [["a:1", "c:1"], ["b:1"]]);
});

await test("an error that names no event halves the batch, down to one group", () => {
  const unnamed = new InvalidRequestError("in the future", facts({}));

  assert.deepEqual(parted(unnamed, "a:1", "b:1", "c:1"), [["a:1"], ["b:1", "c:1"]]);
  assert.deepEqual(parted(new TooLargeError("no", facts({})), "a:1", "b:1"), [["a:1"], ["b:1"]]);
  assert.equal(parted(unnamed, "a:1"), undefined);
});

await test("members that name nobody halve the batch too", () => {
  const error = new NotFoundError("no", facts({ media_ids: ["elsewhere"] }));

  assert.deepEqual(parted(error, "a:1", "b:1"), [["a:1"], ["b:1"]]);
});

await test("what is not the events' fault is the answer to all of them", () => {
  const others = [
    new TimeoutError("late"),
    new ServerError("broken", facts({})),
    new NotFoundError("no such path", facts({})),
  ];

  for (const error of others) assert.equal(parted(error, "a:1", "b:1"), undefined);
});
