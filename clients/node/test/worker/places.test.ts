import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { AbortedError } from "../../src/index.js";
import { Places } from "../../src/worker/places.js";

const never = new AbortController().signal;

/** Takes a place, and notes its name once it has it. */
function taking(places: Places, key: string, entered: string[], name = key) {
  return places.take(key, never).then((giveBack) => {
    entered.push(name);
    return giveBack;
  });
}

test("so many at a time, the others in the order in which they came", async () => {
  const places = new Places(2);
  const entered: string[] = [];
  const all = ["a", "b", "c", "d"].map((key) => taking(places, key, entered));
  await turn();
  assert.deepEqual(entered, ["a", "b"]);
  assert.equal(places.taken, 2);
  assert.equal(places.waiting, 2);
  (await all[1])?.();
  await turn();
  assert.deepEqual(entered, ["a", "b", "c"]);
  (await all[0])?.();
  await turn();
  assert.deepEqual(entered, ["a", "b", "c", "d"]);
  assert.equal(places.waiting, 0);
});

test("one at a time for a key, which holds up nobody behind it", async () => {
  const places = new Places(3);
  const entered: string[] = [];
  const first = taking(places, "a", entered, "a1");
  const second = taking(places, "a", entered, "a2");
  void taking(places, "b", entered);
  await turn();
  assert.deepEqual(entered, ["a1", "b"]);
  (await first)();
  await second;
  assert.deepEqual(entered, ["a1", "b", "a2"]);
});

test("an abort takes who waits out of the line, and leaves nothing on the signal", async () => {
  const places = new Places(1);
  const giveBack = await places.take("a", never);
  const controller = new AbortController();
  const waiting = places.take("b", controller.signal);
  const behind = places.take("c", never);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, (error) => {
    assert.ok(error instanceof AbortedError);
    assert.equal((error.cause as Error).message, "enough");
    return true;
  });
  assert.equal(places.waiting, 1);
  giveBack();
  await behind;
  assert.equal(places.taken, 1);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("who is aborted already does not enter", async () => {
  const places = new Places(1);
  await assert.rejects(places.take("a", AbortSignal.abort()), { name: "AbortError" });
  assert.equal(places.taken, 0);
});

test("a place that was taken is not taken away by an abort", async () => {
  const places = new Places(1);
  const controller = new AbortController();
  const giveBack = await places.take("a", controller.signal);
  controller.abort();
  assert.equal(places.taken, 1);
  giveBack();
  assert.equal(places.taken, 0);
});
