import assert from "node:assert/strict";
import { test } from "node:test";

import { secondsOf } from "../../src/connection/retry-after.js";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

function read(asked: string, date?: string): number | undefined {
  const headers = new Headers({ "retry-after": asked });
  if (date !== undefined) headers.set("date", date);
  return secondsOf(headers);
}

test("seconds are read, also with a fraction and beyond any number", () => {
  assert.equal(read("0"), 0);
  assert.equal(read(" 120 "), 120);
  assert.equal(read("1.5"), 1.5);
  assert.equal(read("9".repeat(400)), Number.MAX_SAFE_INTEGER);
});

test("a date counts from the answer's own", () => {
  assert.equal(read("Sun, 06 Nov 1994 08:50:07 GMT", DATE), 30);
  assert.equal(read("Sunday, 06-Nov-94 08:50:07 GMT", DATE), 30);
  assert.equal(read("Sun, 06 Nov 1994 08:00:00 GMT", DATE), 0);
});

test("a date in an answer without one counts from now", () => {
  assert.equal(read(DATE), 0);
  const seconds = read(new Date(Date.now() + 60_000).toUTCString()) ?? 0;
  assert.ok(seconds > 50 && seconds <= 60);
});

test("what is neither is none", () => {
  for (const asked of [
    "",
    "-5",
    "soon",
    "1e3",
    "2026-01-01",
    "Sun, 99 Foo 1994 08:49:37 GMT",
    "0x10",
  ]) {
    assert.equal(read(asked), undefined, asked);
  }
  assert.equal(secondsOf(new Headers()), undefined);
});
