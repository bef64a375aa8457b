import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  DownloadFolderError,
  type FeedlensError,
  isPermanent,
  MediaWorker,
  type MediaWorkerOptions,
  UnavailableError,
  WorkerClosedError,
} from "../../src/index.js";
import { always, inTurn, serving } from "./fake-service.js";
import { body, serveMedia, stalling } from "../downloads/media-server.js";

/** Waits that a test does not notice. */
const QUICK = { firstDelayMs: 1, maxDelayMs: 2 };
const LOOPBACK = { allowedHosts: ["127.0.0.1"], privateNetworks: ["127.0.0.0/8"] };

const worker = (url: string, options: MediaWorkerOptions = {}) =>
  new MediaWorker({ url, retries: QUICK, downloads: LOOPBACK, ...options });

async function ownFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-worker-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("a job by its url: downloaded, published with it as media_url, and nothing left", async (t) => {
  const folder = await ownFolder(t);
  const service = await serving(t, ({ path }, index) =>
    path === "/v1/media" && index < 3 ? { status: 503 } : undefined,
  );
  const { url: host } = await serving(t, inTurn({ status: 503 }));
  const one = worker(service.url, {
    downloadFolder: folder,
  });
  const url = `${host}/embed-image`; // answers JSON, which does for a medium here
  const result = await one.process({ media_id: "m1", author_id: "a", url });
  assert.equal(result.attempts, 4);
  assert.equal(service.asked[3]?.fields["media_url"], url);
  assert.match(service.asked[3].fields["file"] ?? "", /"dimension":2/);
  assert.deepEqual(await readdir(folder), []);
});

test("a url that the policy does not have is the job's fault", async (t) => {
  const service = await serving(t);
  const job = { media_id: "m1", author_id: "a", url: "https://elsewhere.example/1.jpg" };
  await assert.rejects(
    worker(service.url, { downloads: { allowedHosts: ["cdn.example.com"] } }).process(job),
    (error: FeedlensError) => {
      assert.ok(isPermanent(error));
      return error.type === "urn:feedlens:client:download-host-not-allowed";
    },
  );
  assert.equal(service.asked.length, 0);
});

test("a download takes of the job's time for further attempts", async (t) => {
  const service = await serving(t, always({ status: 503 }));
  const { url: host } = await serving(t, () => sleep(300, undefined));
  const one = worker(service.url, {
    retries: { ...QUICK, maxElapsedMs: 200 },
  });
  const job = { media_id: "m1", author_id: "a", url: `${host}/embed-image` };
  await assert.rejects(one.process(job), UnavailableError);
  assert.equal(service.asked.length, 1);
});

test("a close ends a download under way: nothing is left of it, and the queue has the job", async (t) => {
  const folder = await ownFolder(t);
  const service = await serving(t);
  await using host = await serveMedia({ "/slow": stalling });
  const one = worker(service.url, { downloadFolder: folder });
  const job = one.process({ media_id: "m1", author_id: "a", url: host.url("/slow") });
  const ended = assert.rejects(
    job,
    (error) => error instanceof WorkerClosedError && !isPermanent(error),
  );
  while ((await readdir(folder)).length === 0) await sleep(1);
  await one.close({ timeoutMs: 20 });
  assert.deepEqual([await readdir(folder), one.running, service.asked], [[], 0, []]);
  await ended;
  while (host.open.size > 0) await sleep(1);
});

test("a close ends the wait for another attempt of a download", async (t) => {
  const service = await serving(t);
  const host = await serving(t, always({ status: 503, retryAfter: 60 }));
  const one = worker(service.url);
  const job = one.process({ media_id: "m1", author_id: "a", url: `${host.url}/m` });
  const ended = assert.rejects(job, WorkerClosedError);
  while (host.asked.length === 0) await sleep(1);
  await one.close({ timeoutMs: 0 });
  await ended;
});

const wasWritten = (path: string, content: Buffer) =>
  writeFile(path, content).then(
    () => true,
    () => false,
  );

const keptForLater = (error: unknown) =>
  error instanceof DownloadFolderError && !isPermanent(error);

test("no folder for downloads is no fault of the job", async (t) => {
  const service = await serving(t);
  await using host = await serveMedia({ "/cat": body("a cat") });
  const one = worker(service.url, { downloadFolder: join(await ownFolder(t), "none") });
  const job = one.process({ media_id: "m1", author_id: "a", url: host.url("/cat") });
  await assert.rejects(job, keptForLater);
  assert.equal(service.asked.length, 0);
});

test("nor is a disk that is full in the middle of one, of which nothing is left", async (t) => {
  const folder = await ownFolder(t);
  const service = await serving(t);
  await using host = await serveMedia({ "/cat": body(Buffer.alloc(300_000)) });
  const one = worker(service.url, { downloadFolder: folder });
  const job = { media_id: "m1", author_id: "a", url: host.url("/cat") };
  const limit = (bytes: string) =>
    spawnSync("prlimit", [`--fsize=${bytes}:`, "--pid", String(process.pid)]).status === 0;
  const ignore = () => undefined;
  process.on("SIGXFSZ", ignore); // the kernel's word to who writes more than that
  t.after(() => process.off("SIGXFSZ", ignore));
  const other = join(await ownFolder(t), "probe");
  try {
    // Before 20.11, Node writes by io_uring, which heeds no such limit.
    if (!limit("65536") || (await wasWritten(other, Buffer.alloc(100_000)))) {
      t.skip("no limit of a file's size here");
      return;
    }
    await assert.rejects(one.process(job), keptForLater);
  } finally {
    limit("unlimited");
  }
  assert.deepEqual([await readdir(folder), service.asked], [[], []]);
  assert.equal((await one.process(job)).created, true);
});
