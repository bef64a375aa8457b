import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

import { AbortedError } from "../../src/index.js";
import { type Settled, settled } from "../../src/worker/settled.js";
import { collected } from "./collected.js";

const going = new AbortController().signal;

/** What each job came to, in a word, in the order in which they ended. */
async function words(outcomes: AsyncIterable<Settled<unknown, unknown>>): Promise<string[]> {
  const told: string[] = [];
  for await (const outcome of outcomes) {
    const word = outcome.status === "fulfilled" ? outcome.value : (outcome.reason as Error).message;
    told.push(`${String(outcome.job)}: ${String(word)}`);
  }
  return told;
}

test("each job with what came of it, as they end; a failure is told and fails no other", async () => {
  const work = async (ms: number) => {
    await sleep(ms);
    if (ms === 30) throw new Error("no");
    return "yes";
  };
  assert.deepEqual(await words(settled([90, 30, 1], work, { atOnce: 3, stop: going })), [
    "1: yes",
    "30: no",
    "90: yes",
  ]);
});

test("no more is taken from the source than is worked on", async () => {
  let taken = 0;
  let ended = 0;
  let most = 0;
  function* source() {
    for (let job = 0; job < 50; job += 1) {
      taken += 1;
      yield job;
    }
  }
  const work = async () => {
    most = Math.max(most, taken - ended);
    await turn();
    ended += 1;
  };
  assert.equal((await words(settled(source(), work, { atOnce: 3, stop: going }))).length, 50);
  assert.equal(most, 3);
});

test("what has ended is told while the source has nothing", async () => {
  let more = () => undefined as unknown;
  const waiting = new Promise((resolve) => (more = () => (resolve(undefined), undefined)));
  async function* source() {
    yield "first";
    await waiting;
    yield "second";
  }
  const outcomes = settled(source(), (job) => Promise.resolve(job), { atOnce: 4, stop: going });
  assert.equal((await outcomes.next()).value?.job, "first");
  more();
  assert.equal((await outcomes.next()).value?.job, "second");
  assert.equal((await outcomes.next()).done, true);
});

test("1,000 jobs of a source in no hurry: none is lost, none told twice", async () => {
  async function* source() {
    for (let job = 0; job < 1000; job += 1) {
      if (job % 3 === 0) await turn();
      yield job;
    }
  }
  const work = async (job: number) => {
    if (job % 2 === 0) await turn();
    return job;
  };
  const told: number[] = [];
  for await (const { job } of settled(source(), work, { atOnce: 4, stop: going })) told.push(job);
  assert.deepEqual(
    told.sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, job) => job),
  );
});

test("where the source fails, what is under way is told, then the failure", async () => {
  async function* source() {
    yield "a";
    await turn();
    throw new Error("the source broke");
  }
  const outcomes = settled(source(), () => sleep(20, "done"), { atOnce: 4, stop: going });
  assert.deepEqual((await outcomes.next()).value, { job: "a", status: "fulfilled", value: "done" });
  await assert.rejects(outcomes.next(), { message: "the source broke" });
});

test("leaving the loop aborts what is under way, and closes the source", async () => {
  let closed = false;
  const aborted: number[] = [];
  function* source() {
    try {
      yield* [1, 2, 3, 4];
    } finally {
      closed = true;
    }
  }
  const work = async (job: number, signal: AbortSignal) => {
    if (job === 1) return sleep(20);
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        aborted.push(job);
        resolve();
      });
    });
  };
  for await (const { job } of settled(source(), work, { atOnce: 3, stop: going })) {
    assert.equal(job, 1);
    break;
  }
  assert.deepEqual(aborted, [2, 3]);
  assert.ok(closed);
});

test("leaving the loop does not wait for a source that hangs", async () => {
  async function* source() {
    yield 1;
    await new Promise(() => undefined);
  }
  const outcomes = settled(source(), () => Promise.resolve(), { atOnce: 2, stop: going });
  for await (const { job } of outcomes) {
    assert.equal(job, 1);
    break;
  }
});

test("a stop takes no more jobs: what is under way is told, then why", async () => {
  const stop = new AbortController();
  let taken = 0;
  function* source() {
    for (;;) yield (taken += 1);
  }
  const outcomes = settled(source(), () => sleep(20), { atOnce: 2, stop: stop.signal });
  assert.equal((await outcomes.next()).value?.job, 1);
  stop.abort(new Error("enough"));
  const told: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const { job } of outcomes) told.push(job);
    },
    (error) => error instanceof AbortedError && (error.cause as Error).message === "enough",
  );
  assert.deepEqual(told, [2]);
});

test("a job that the source hands out after the stop is told, and not begun", async () => {
  const stop = new AbortController();
  const popped: string[] = [];
  const begun: string[] = [];
  let more = () => undefined as unknown;
  let enough = () => undefined as unknown;
  const late = new Promise((resolve) => (more = () => (resolve(undefined), undefined)));
  const end = new Promise((resolve) => (enough = () => (resolve(undefined), undefined)));
  async function* source() {
    popped.push("m0");
    yield "m0";
    await late;
    popped.push("m1");
    yield "m1";
    popped.push("m2");
    yield "m2";
  }
  const work = async (job: string) => {
    begun.push(job);
    await end;
  };
  const outcomes = settled(source(), work, { atOnce: 4, stop: stop.signal });
  const first = outcomes.next();
  await turn();
  stop.abort(new Error("enough"));
  more();
  const told = [await first];
  enough();
  told.push(await outcomes.next());
  await assert.rejects(outcomes.next(), AbortedError);
  assert.deepEqual(
    told.map(({ value }) => [value?.job, value?.status]),
    [
      ["m1", "rejected"],
      ["m0", "fulfilled"],
    ],
  );
  assert.deepEqual([popped, begun], [["m0", "m1"], ["m0"]]);
});

test("jobs that were told are let go, though the run and one of its jobs go on", async () => {
  const first = { content: Buffer.alloc(1_000_000) };
  const held = new WeakRef(first.content);
  function* source() {
    yield { content: Buffer.alloc(0) }; // goes on to the end
    const { content } = first;
    first.content = Buffer.alloc(0);
    yield { content };
    for (let job = 0; job < 50; job += 1) yield { content: Buffer.alloc(1_000_000) };
  }
  let finish = () => undefined as unknown;
  const finished = new Promise((resolve) => (finish = () => (resolve(undefined), undefined)));
  const work = async ({ content }: { content: Buffer }) => {
    await (content.length === 0 ? finished : turn());
  };
  let told = 0;
  let gone = false;
  for await (const outcome of settled(source(), work, { atOnce: 4, stop: going })) {
    assert.equal(outcome.status, "fulfilled");
    told += 1;
    if (told !== 51) continue;
    gone = await collected(held);
    finish();
  }
  assert.equal(told, 52);
  assert.ok(gone);
});
