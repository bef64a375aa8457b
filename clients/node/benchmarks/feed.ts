/**
 * What this package adds to `POST /v1/feed`; `python -m benchmarks.node_client` runs it.
 *
 *     node --import tsx benchmarks/feed.ts URL USER_ID CALLS
 *
 * Asks the service at URL, then a process that answers every request with a page recorded from
 * there, which leaves the client's own share. Writes a line of JSON for each series:
 * `{"server", "caller", "times_ms"}`.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { type Caller, callersOf } from "./callers.js";

const LIMIT = 20;
const WARMUP = 100;

const [url = "", userId = "", calls = "400"] = process.argv.slice(2);

await measure("service", url);
const recorded = await recordedServer();
try {
  await measure("recorded page", recorded.url);
} finally {
  recorded.process.kill();
}

async function measure(server: string, at: string): Promise<void> {
  const callers = callersOf(at, userId, LIMIT);
  const timesMs = await interleaved(callers, Number(calls));
  for (const { name } of callers) {
    console.log(JSON.stringify({ server, caller: name, times_ms: timesMs.get(name) }));
  }
}

/** Each caller once a turn, beginning with another one every time. */
async function interleaved(
  callers: readonly Caller[],
  turns: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const timesMs = new Map(callers.map(({ name }) => [name, [] as number[]]));
  for (let turn = -WARMUP; turn < turns; turn += 1) {
    for (let place = 0; place < callers.length; place += 1) {
      const caller = callers[(turn + WARMUP + place) % callers.length];
      if (caller === undefined) continue;
      const startMs = performance.now();
      const posts = await caller.call();
      const tookMs = performance.now() - startMs;
      if (posts !== LIMIT) throw new Error(`a page of ${posts} posts was measured`);
      if (turn >= 0) timesMs.get(caller.name)?.push(tookMs);
    }
  }
  return timesMs;
}

async function recordedServer(): Promise<{ url: string; process: ChildProcess }> {
  const answer = await fetch(`${url}/v1/feed`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: userId, limit: LIMIT, preview: true }),
  });
  const program = fileURLToPath(new URL("recorded-server.ts", import.meta.url));
  const server = spawn(process.execPath, [...process.execArgv, program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  server.stdin.end(Buffer.from(await answer.arrayBuffer()));
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}`, process: server };
}
