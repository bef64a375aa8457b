import assert from "node:assert/strict";
import { test } from "node:test";

import { EventGroup } from "../../src/events/event-group.js";
import { EventLine } from "../../src/events/event-line.js";

function group(ids: string, dueMs = 0): EventGroup {
  const events = Array.from(ids, (event_id) => ({
    event_id,
    user_id: "u",
    media_id: "m",
    kind: "like" as const,
    at: "2026-01-01T00:00:00Z",
  }));
  return new EventGroup(events, dueMs);
}

function lineOf(...groups: string[]): EventLine {
  const line = new EventLine();
  for (const ids of groups) line.add(group(ids));
  return line;
}

function taken(line: EventLine, most: number): string[] {
  return line.take(most).map(({ events }) => events.map((event) => event.event_id).join(""));
}

await test("takes groups whole, in their order, as long as they fit", () => {
  const line = lineOf("abc", "def", "g", "h");

  assert.deepEqual(taken(line, 4), ["abc", "g"]);
  assert.deepEqual(taken(line, 4), ["def", "h"]);
  assert.deepEqual(taken(line, 4), []);
});

await test("an id goes once in a batch: its next event waits for the next one", () => {
  const line = lineOf("a", "ab", "c");

  assert.deepEqual(taken(line, 10), ["a", "c"]);
  assert.deepEqual(taken(line, 10), ["ab"]);
});

await test("counts events, not groups, and is due as its first group is", () => {
  const line = new EventLine();
  const [first, second] = [group("ab", 5), group("cde", 7)];
  line.add(first);
  line.add(second);

  assert.equal(line.events, 5);
  assert.equal(line.dueMs, 5);
  line.remove(first);
  line.remove(first);
  assert.equal(line.events, 3);
  assert.equal(line.dueMs, 7);
  line.take(10);
  assert.equal(line.events, 0);
  assert.equal(line.dueMs, undefined);
});
