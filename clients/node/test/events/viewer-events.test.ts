import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidInputError } from "../../src/index.js";
import { eventRequests } from "../../src/events/viewer-events.js";

const LIKE = { user_id: "ada", media_id: "m1", kind: "like" };

await test("an event is sent as it is given", () => {
  const at = new Date("2026-03-01T12:00:00Z");

  assert.deepEqual(eventRequests([{ ...LIKE, event_id: "e1", kind: "dwell", value: 2.5, at }]), [
    {
      event_id: "e1",
      user_id: "ada",
      media_id: "m1",
      kind: "dwell",
      value: 2.5,
      at: "2026-03-01T12:00:00.000Z",
    },
  ]);
});

await test("ids and moments that are left out are made here, once and each its own", () => {
  const before = Date.now();
  const [first, second] = eventRequests([LIKE, LIKE]);
  assert.ok(first && second);

  assert.match(first.event_id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  assert.notEqual(first.event_id, second.event_id);
  assert.ok(Date.parse(first.at) >= before && Date.parse(first.at) <= Date.now());
});

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["no list", LIKE, /events must be a list/],
  ["an empty list", [], /events must be a list of one event or more/],
  ["no object", [null], /events\[0\] must be an object/],
  ["a name in camelCase", [{ ...LIKE, mediaId: "m" }], /no field mediaId \(do you mean media_id/],
  ["no user", [{ ...LIKE, user_id: undefined }], /events\[0\]\.user_id must be a string/],
  ["a number for an id", [LIKE, { ...LIKE, media_id: 7 }], /events\[1\]\.media_id/],
  ["a value that JSON makes null", [{ ...LIKE, value: NaN }], /events\[0\]\.value .* not NaN/],
  ["a date that is none", [{ ...LIKE, at: new Date("x") }], /events\[0\]\.at must be a Date/],
  [
    "an id twice",
    [
      { ...LIKE, event_id: "e" },
      { ...LIKE, event_id: "e" },
    ],
    /event_id "e" stands twice/,
  ],
];

for (const [name, events, message] of REFUSED) {
  await test(`refused: ${name}`, () => {
    assert.throws(
      () => eventRequests(events),
      (error) => error instanceof InvalidInputError && message.test(error.message),
    );
  });
}
