import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { readdir, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  TimeoutError,
  UnavailableError,
} from "../../src/connection/errors.js";
import { isTransient } from "../../src/connection/retries.js";
import { download } from "../../src/downloads/download.js";
import {
  DownloadError,
  DownloadFailedError,
  DownloadFolderError,
} from "../../src/downloads/download-errors.js";
import { failure, folder, LOOPBACK, server } from "./host.js";

for (const path of ["/endless", "/lying"]) {
  test(`${path} is over the limit, and not read to its end`, async () => {
    const error = await failure(server.url(path));
    assert.ok(error instanceof DownloadFailedError);
    assert.equal(error.reason, "too-large");
    assert.match(error.message, /is over 100000 bytes/);
  });
}

for (const [path, status] of [
  ["/gone", 404],
  ["/forbidden", 403],
  ["/part", 206],
  ["/nothing", 204],
  ["/not-modified", 304],
  ["/no-location", 302],
] as const) {
  test(`an answer ${status} is no medium, for good`, async () => {
    const error = await failure(server.url(path));
    assert.ok(error instanceof DownloadFailedError);
    assert.ok(error instanceof DownloadError);
    assert.deepEqual(error.members, { reason: "http-status", host_status: status });
    assert.equal(error.status, undefined);
    assert.equal(isTransient(error), false);
  });
}

test("a packed answer is none, as it was not asked for", async () => {
  const error = await failure(server.url("/zipped"));
  assert.ok(error instanceof DownloadFailedError);
  assert.equal(error.reason, "packed");
  assert.match(error.message, /answered with gzip/);
});

for (const [path, status, retryAfter] of [
  ["/busy", 503, 7],
  ["/too-many", 429, undefined],
  ["/down", 500, undefined],
] as const) {
  test(`an answer ${status} may be another one later`, async () => {
    const error = await failure(server.url(path));
    assert.ok(error instanceof UnavailableError);
    assert.deepEqual([error.status, error.retryAfter], [status, retryAfter]);
    assert.equal(isTransient(error), true);
  });
}

for (const [path, code] of [
  ["/broken", "ECONNRESET"],
  ["/unfinished", "ECONNRESET"],
  ["/reset", "ECONNRESET"],
  ["/reset-open", "ECONNRESET"],
  ["/silent-end", "ECONNRESET"],
  ["/no-http", "HPE_INVALID_CONSTANT"],
  ["/upgrade", undefined],
] as const) {
  test(`${path} is a connection that broke`, async () => {
    const error = await failure(server.url(path));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.code, code);
    assert.ok(error.message.startsWith(server.url(path)), error.message);
  });
}

test("a host that is down, or has no address, is named", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as { port: number };
  closed.close();
  const down = await failure(`http://127.0.0.1:${port}/x?key=secret`);
  assert.ok(down instanceof ConnectionError);
  assert.equal(down.code, "ECONNREFUSED");
  assert.ok(down.message.startsWith(`http://127.0.0.1:${port}/x: `), down.message);

  const unknown = await failure("http://media.example/x", {
    allowedHosts: ["media.example"],
    lookup: () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" })),
  });
  assert.ok(unknown instanceof ConnectionError);
  assert.equal(unknown.code, "ENOTFOUND");
  const empty = { allowedHosts: ["media.example"], lookup: () => Promise.resolve([]) };
  assert.ok((await failure("http://media.example/x", empty)) instanceof ConnectionError);
});

for (const path of ["/mute", "/stalling", "/stalling-open"]) {
  test(`${path} is left after the idle time`, async () => {
    const error = await failure(server.url(path), { idleTimeoutMs: 100 });
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /sent nothing for 100 ms/);
  });
}

for (const path of ["/mute", "/stalling", "/stalling-open", "/dripping"]) {
  test(`${path} is left after the whole time`, async () => {
    const error = await failure(server.url(path), { timeoutMs: 150 });
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /was not there within 150 ms/);
  });
}

test("a lookup that does not end is left after the whole time", async () => {
  const lookup = () => new Promise<never>(() => undefined);
  const policy = { allowedHosts: ["media.example"], lookup, timeoutMs: 50 };
  assert.ok((await failure("http://media.example/x", policy)) instanceof TimeoutError);
});

for (const path of ["/mute", "/stalling", "/stalling-open", "/dripping", "/endless"]) {
  test(`the caller can end ${path}`, async () => {
    const ending = new AbortController();
    const reason = new Error("enough");
    const ended = failure(server.url(path), { maxBytes: 10 ** 12 }, ending.signal);
    await sleep(100);
    ending.abort(reason);
    const error = await ended;
    assert.ok(error instanceof AbortedError);
    assert.equal(error.cause, reason);
    assert.equal(getEventListeners(ending.signal, "abort").length, 0);
  });
}

test("a signal that was aborted before sends nothing", async () => {
  server.requests.length = 0;
  const error = await failure(server.url("/cat.jpg"), {}, AbortSignal.abort());
  assert.ok(error instanceof AbortedError);
  assert.deepEqual(server.requests, []);
});

test("a long-lived signal keeps no listener", async () => {
  const { signal } = new AbortController();
  await (await download(server.url("/cat.jpg"), LOOPBACK, { folder, signal })).remove();
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a folder that is not there is named", async () => {
  const gone = join(folder, "gone");
  await assert.rejects(
    download(server.url("/cat.jpg"), LOOPBACK, { folder: gone }),
    (error) =>
      error instanceof DownloadFolderError &&
      error.message.includes(gone) &&
      error.message.includes("ENOENT") &&
      !isTransient(error),
  );
});

test("a policy that can't be meant rejects, and does not throw", async () => {
  const failing = download(server.url("/cat.jpg"), { maxBytes: Number.NaN });
  await assert.rejects(failing, InvalidInputError);
});

test("proxies of the environment are not used", async () => {
  for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy"]) {
    process.env[name] = "http://127.0.0.1:1";
  }
  try {
    await (await download(server.url("/cat.jpg"), LOOPBACK, { folder })).remove();
  } finally {
    for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy"]) {
      Reflect.deleteProperty(process.env, name);
    }
  }
});

test("no socket and no file stays open, whatever was answered", async () => {
  const paths = ["/cat.jpg", "/broken", "/lying", "/gone", "/circle", "/stalling", "/endless"];
  for (const path of paths) {
    const ended = download(server.url(path), { ...LOOPBACK, idleTimeoutMs: 50 }, { folder });
    await ended.then((found) => found.remove()).catch(() => undefined);
  }
  for (let tries = 0; tries < 100 && server.open.size > 0; tries += 1) await sleep(10);
  assert.equal(server.open.size, 0);
  const files = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  assert.deepEqual(
    files.filter((path) => path.startsWith(folder)),
    [],
  );
});

test("many downloads on one signal: no warning of a leak, and nothing left on it", async (t) => {
  const warnings: Error[] = [];
  const hear = (warning: Error) => warnings.push(warning);
  process.on("warning", hear);
  t.after(() => process.off("warning", hear));
  const { signal } = new AbortController();
  const downloads = Array.from({ length: 50 }, () =>
    download(server.url("/cat.jpg"), LOOPBACK, { signal, folder }),
  );
  for (const found of await Promise.all(downloads)) await found.remove();
  await sleep(1); // warnings come later
  assert.deepEqual(warnings, []);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});
