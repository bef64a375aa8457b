/** What is tried again, how often, and after how long. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  delayMs,
  INTERACTIVE,
  isTransient,
  policyWith,
  withRetries,
} from "../../src/connection/retries.js";
import {
  AbortedError,
  ConnectionError,
  FeedlensError,
  InvalidInputError,
  ServerError,
  SlowUploadError,
  TimeoutError,
  TooLargeError,
  UnavailableError,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { clientOf, failureOf, feed } from "./calls.js";
import { json, problem, serving } from "./loopback.js";

const FACTS = { status: 503, type: "urn:feedlens:problem:overloaded" };
const NO_WAIT = { ...INTERACTIVE, firstDelayMs: 0 };

/** An attempt that fails with each error in turn, and then succeeds. */
function failing(...errors: Error[]): () => Promise<string> {
  return () => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve("done") : Promise.reject(error);
  };
}

test("only what may mend itself is transient", () => {
  const transient = [
    new ConnectionError("x", {}),
    new TimeoutError("x"),
    new UnavailableError("x", FACTS),
    new SlowUploadError("x", FACTS),
  ];
  const lasting = [
    new AbortedError("x"),
    new InvalidInputError("x"),
    new ServerError("x", FACTS),
    new TooLargeError("x", FACTS),
    new UnexpectedAnswerError("x", {}),
    new TypeError("x"),
    undefined,
  ];
  assert.deepEqual(transient.filter(isTransient), transient);
  assert.deepEqual(lasting.filter(isTransient), []);
});

test("waits double up to a bound, with full jitter, on top of what was asked for", () => {
  const policy = { ...INTERACTIVE, firstDelayMs: 100, maxDelayMs: 1_000 };
  const most = [1, 2, 3, 4, 5, 5_000].map((attempt) =>
    delayMs(policy, attempt, undefined, () => 1),
  );
  assert.deepEqual(most, [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(
    delayMs(policy, 3, undefined, () => 0),
    0,
  );
  assert.equal(
    delayMs(policy, 3, 2, () => 0.5),
    2_200,
  );
  assert.equal(
    delayMs({ ...policy, firstDelayMs: 0 }, 5_000, undefined, () => 1),
    0,
  );
});

test("attempts end with a success, with what is lasting, or with the policy", async () => {
  const busy = () => new UnavailableError("busy", FACTS);
  assert.equal(await withRetries(failing(busy(), busy()), NO_WAIT), "done");
  const third = busy();
  await assert.rejects(withRetries(failing(busy(), busy(), third), NO_WAIT), third);
  const lasting = new TooLargeError("too large", { status: 413, type: "x" });
  await assert.rejects(withRetries(failing(busy(), lasting), NO_WAIT), lasting);
  const first = busy();
  await assert.rejects(withRetries(failing(first), { ...NO_WAIT, maxRetries: 0 }), first);
});

test("a connection that broke is tried again at once, once, and does not count", async () => {
  const broken = () => new ConnectionError("broke", { code: "ECONNRESET" });
  const policy = { ...INTERACTIVE, maxRetries: 1, firstDelayMs: 4, maxDelayMs: 4 };
  const waits: number[] = [];
  const onRetry = (_: FeedlensError, waitMs: number) => void waits.push(waitMs);
  assert.equal(await withRetries(failing(broken(), broken()), policy, { onRetry }), "done");
  assert.equal(waits.length, 2);
  assert.equal(waits[0], 0);
  const third = broken();
  await assert.rejects(withRetries(failing(broken(), broken(), third), policy), third);
  const refused = () => new ConnectionError("nobody", { code: "ECONNREFUSED" });
  const second = refused();
  await assert.rejects(withRetries(failing(refused(), second), policy), second);
  const only = broken();
  await assert.rejects(withRetries(failing(only), { ...policy, maxRetries: 0 }), only);
});

test("a service that asks for more time than there is gets no further attempt", async (t) => {
  let requests = 0;
  let retryAfter = "31";
  const url = await serving(t, (_, answer) => {
    requests += 1;
    problem(answer, 503, {}, { "retry-after": retryAfter });
  });
  const client = clientOf(url, { retries: { maxRetries: 9 } });
  for (const [header, seconds] of [
    ["31", 31],
    ["9".repeat(400), Number.MAX_SAFE_INTEGER],
    ["Fri, 31 Dec 9999 23:59:59 GMT", undefined],
  ] as const) {
    retryAfter = header;
    const error = await failureOf(feed(client));
    assert.ok(error instanceof UnavailableError);
    if (seconds === undefined) assert.ok((error.retryAfter ?? 0) > 1e11);
    else assert.equal(error.retryAfter, seconds);
  }
  assert.equal(requests, 3);
});

test("a call is made again after what the service asked for, and then succeeds", async (t) => {
  const atMs: number[] = [];
  const url = await serving(t, (_, answer) => {
    atMs.push(performance.now());
    if (atMs.length === 1) problem(answer, 503, {}, { "retry-after": "1" });
    else json(answer, 200, { items: [] });
  });
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const client = clientOf(url, { retries: { maxRetries: 1, firstDelayMs: 0 }, log });
  assert.deepEqual(await feed(client), { items: [] });
  assert.ok((atMs[1] ?? 0) - (atMs[0] ?? 0) >= 990);
  assert.match(
    lines[1] ?? "",
    /^again in 1000 ms after UnavailableError 503 urn:feedlens:problem:x$/,
  );
});

test("a server that closes connections as they are used again loses no call", async (t) => {
  const used = new WeakSet();
  const url = await serving(t, (request, answer) => {
    if (used.has(request.socket)) request.socket.destroy();
    else json(answer, 200, { items: [] });
    used.add(request.socket);
  });
  const client = clientOf(url, { retries: { maxRetries: 1, firstDelayMs: 30_000 } });
  for (let call = 0; call < 5; call += 1) assert.deepEqual(await feed(client), { items: [] });
});

test("a call's policy replaces parts of the client's", async (t) => {
  let requests = 0;
  const url = await serving(t, (_, answer) => {
    requests += 1;
    problem(answer, 503);
  });
  const client = clientOf(url, { retries: { maxRetries: 3, firstDelayMs: 1 } });
  await failureOf(feed(client, { retries: { maxRetries: undefined } }));
  assert.equal(requests, 4);
  await failureOf(feed(client, { retries: { maxRetries: 0 } }));
  assert.equal(requests, 5);
});

test("a policy that can't be is refused by its part's name", async () => {
  for (const [changes, said] of [
    [{ maxRetries: -1 }, /retries\.maxRetries is -1; it is a whole number from 0 to ∞/],
    [{ maxRetries: 1.5 }, /retries\.maxRetries is 1\.5/],
    [{ maxRetries: NaN }, /retries\.maxRetries is NaN/],
    [{ firstDelayMs: -1 }, /retries\.firstDelayMs is -1/],
    [{ maxDelayMs: 2 ** 31 }, /retries\.maxDelayMs is 2147483648; .* to 2,147,483,647/],
    [{ maxElapsedMs: "9" }, /retries\.maxElapsedMs is "9"/],
    [{ max: 3 }, /retries has no max$/],
    [3, /retries is an object/],
    [null, undefined],
  ] as const) {
    const given = changes as unknown as { maxRetries: number };
    if (said === undefined) {
      assert.deepEqual(policyWith(INTERACTIVE, given), INTERACTIVE);
      continue;
    }
    assert.throws(() => policyWith(INTERACTIVE, given), {
      name: "InvalidInputError",
      message: said,
    });
    assert.throws(() => clientOf("http://x", { retries: given }), { message: said });
    const error = await failureOf(feed(clientOf("http://x"), { retries: given }));
    assert.match(error.message, said);
  }
  assert.equal(policyWith(INTERACTIVE, { maxRetries: Infinity }).maxRetries, Infinity);
});
