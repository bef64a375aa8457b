import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { EventServer } from "./event-server.js";

const SERVICE = new URL("../../src/index.ts", import.meta.url).href;

/** Runs a module that has `service`, in a process of its own. */
async function run(url: string, module: string): Promise<string> {
  const lines = [
    `import { FeedRankingService } from ${JSON.stringify(SERVICE)};`,
    `const service = new FeedRankingService({ url: ${JSON.stringify(url)} });`,
    'const event = { event_id: "e", user_id: "u", media_id: "m", kind: "view" };',
    module,
  ];
  const arguments_ = ["--import", "tsx", "--input-type=module", "-e", lines.join("\n")];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_);
  return stdout;
}

await test("events that wait are sent before a process ends by itself", async (t) => {
  const server = await EventServer.start(t);

  await run(server.url, "void service.recordEvents([event]);");

  assert.deepEqual(server.requests, [["e"]]);
});

await test("a service that has nothing to send keeps no process alive, open or closed", async (t) => {
  const server = await EventServer.start(t);

  const told = await run(
    server.url,
    "const { batch } = await service.recordEvents([event]); console.log(batch.accepted);",
  );

  assert.equal(told, "1\n");
});
