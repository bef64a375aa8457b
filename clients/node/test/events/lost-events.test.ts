/** Events that are not written, of calls that nobody waits for. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";

import {
  type EventBatchOptions,
  FeedlensClient,
  type FeedlensError,
  FeedRankingService,
  InvalidInputError,
  NotFoundError,
  type ViewerEvent,
} from "../../src/index.js";
import { EventServer } from "./event-server.js";

const EVENT = { user_id: "u", media_id: "m", kind: "view" } as const;

await test("a rejection that nobody hears of ends no process where onLost is given", async () => {
  const program = `
    import { FeedRankingService } from "${new URL("../../src/index.ts", import.meta.url).href}";
    const lost = [];
    const service = new FeedRankingService(
      { url: "http://127.0.0.1:1", retries: { maxRetries: 0 } },
      { events: { maxWaitMs: 0, onLost: (error, events) => lost.push(error.name, events.length) } },
    );
    service.recordEvents([${JSON.stringify(EVENT)}]);
    service.recordEvents([]);
    await service.flush();
    await new Promise((resolve) => setTimeout(resolve));
    console.log(lost.join());`;
  const node = ["--import", "tsx", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, node);
  assert.equal(stdout, "InvalidInputError,0,ConnectionError,1\n");
});

await test("onLost hears of a call's own events, which may be given again", async (t) => {
  const server = await EventServer.start(t);
  server.missing.add("gone");
  const lost: [FeedlensError, readonly ViewerEvent[]][] = [];
  const service = server.service({ onLost: (...told) => lost.push(told) });

  const gone = service.recordEvents([{ ...EVENT, media_id: "gone" }]);
  const [written, refused] = await Promise.allSettled([service.recordEvents([EVENT]), gone]);

  assert.equal(written.status, "fulfilled");
  assert.equal(refused.status, "rejected"); // whoever waits hears of it as well
  assert.equal(lost.length, 1);
  const [[error, events] = []] = lost;
  assert.ok(error instanceof NotFoundError && events);
  server.missing.clear();
  const { event_ids } = await service.recordEvents(events);
  assert.deepEqual(event_ids, server.requests.at(-2));
  assert.equal(server.stored.get(event_ids[0] ?? "")?.media_id, "gone");
});

await test("an onLost that fails fails nothing, and is told in the log", async () => {
  const lines: string[] = [];
  const client = new FeedlensClient({ url: "http://127.0.0.1:1", log: (line) => lines.push(line) });
  for (const onLost of [
    () => {
      throw new RangeError("the user's words");
    },
    () => Promise.reject(new RangeError("the user's words")),
  ]) {
    const service = new FeedRankingService(client, { events: { onLost } });
    await assert.rejects(service.recordEvents([]), InvalidInputError);
    await turn();
  }
  assert.deepEqual(lines, ["onLost failed: RangeError", "onLost failed: RangeError"]);
});

await test("an onLost that is none, and a misspelt option, are refused", () => {
  for (const events of [{ onLost: "console" }, { maxWait: 5 }]) {
    assert.throws(
      () => new FeedRankingService({}, { events: events as unknown as EventBatchOptions }),
      (error) =>
        error instanceof InvalidInputError && error.message.includes(Object.keys(events)[0] ?? "-"),
    );
  }
});

await test("after close nothing is open, also of what was given up", async () => {
  let ended = false;
  const fetch = (async (_input, init) => {
    await new Promise((resolve) => init?.signal?.addEventListener("abort", resolve));
    await turn();
    ended = true;
    throw new Error("ended");
  }) as typeof globalThis.fetch;
  const service = new FeedRankingService({ fetch }, { events: { maxWaitMs: 0 } });
  const recorded = service.recordEvents([EVENT]);
  recorded.catch(() => undefined);
  await turn();

  await service.close({ timeoutMs: 5 });

  assert.equal(service.pendingEvents, 0);
  assert.equal(ended, true);
});
