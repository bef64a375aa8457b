import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  AbortedError,
  ConnectionError,
  FeedlensError,
  InvalidInputError,
  TimeoutError,
  UnavailableError,
} from "../../src/connection/errors.js";
import { isTransient } from "../../src/connection/retries.js";
import { download, type DownloadPolicy } from "../../src/downloads/download.js";
import {
  DownloadError,
  DownloadFailedError,
  DownloadFolderError,
  DownloadRefusedError,
} from "../../src/downloads/download-errors.js";
import {
  body,
  broken,
  dripping,
  endless,
  head,
  type MediaServer,
  mute,
  redirect,
  reset,
  resetOpen,
  serveMedia,
  stalling,
  unfinished,
} from "./media-server.js";

const LOOPBACK: DownloadPolicy = {
  allowedHosts: ["127.0.0.1", "localhost"],
  privateNetworks: ["127.0.0.0/8", "::1/128"],
  maxBytes: 100_000,
};
let folder: string;
let server: MediaServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "downloads-"));
  server = await serveMedia({
    "/cat.jpg": body("a cat"),
    "/empty": body(""),
    "/limit": body(new Uint8Array(100_000)),
    "/endless": endless,
    "/dripping": dripping,
    "/mute": mute,
    "/stalling": stalling,
    "/broken": broken,
    "/unfinished": unfinished,
    "/reset": reset,
    "/reset-open": resetOpen,
    "/stalling-open": async (connection) => {
      connection.write(head("200 OK"));
      connection.write("x");
      await once(connection, "close");
    },
    "/silent-end": () => undefined,
    "/no-http": (connection) => void connection.write("SSH-2.0-OpenSSH_9.2\r\n"),
    "/upgrade": (connection) =>
      void connection.write(
        head("101 Switching Protocols", { Connection: "Upgrade", Upgrade: "x" }),
      ),
    "/early-hints": (connection) => {
      connection.write(head("103 Early Hints"));
      return body("a cat")(connection);
    },
    "/lying": body(new Uint8Array(200_000), "200 OK", { "Content-Length": 200_000 }),
    "/zipped": body("\x1f\x8b", "200 OK", { "Content-Encoding": "gzip" }),
    "/part": body("a c", "206 Partial Content"),
    "/nothing": body("", "204 No Content"),
    "/forbidden": body("no", "403 Forbidden"),
    "/not-modified": redirect("/cat.jpg", "304 Not Modified"),
    "/no-location": body("", "302 Found"),
    "/busy": body("", "503 Service Unavailable", { "Retry-After": 7 }),
    "/too-many": body("", "429 Too Many Requests"),
    "/down": body("", "500 Internal Server Error"),
    "/relative": redirect("/cat.jpg", "308 Permanent Redirect"),
    "/circle": redirect("/circle"),
    "/to-file": redirect("file:///etc/passwd"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data"),
    "/to-other-host": redirect("//evil.example/cat.jpg?key=secret"),
    "/to-credentials": redirect("http://ann:secret@127.0.0.1/cat.jpg"),
    "/nowhere": redirect("http://[::1"),
    "/script": redirect("javascript:alert(1)"),
    "/to-closed": redirect("http://127.0.0.1:1/cat.jpg"),
  });
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** What a download of `url` rejects with; nothing is left of it. */
async function failure(
  url: string,
  changes: DownloadPolicy = {},
  signal?: AbortSignal,
): Promise<FeedlensError> {
  const error: unknown = await download(url, { ...LOOPBACK, ...changes }, { folder, signal }).then(
    () => assert.fail(`${url} was downloaded`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FeedlensError, String(error));
  assert.deepEqual(await readdir(folder), []);
  return error;
}

test("a medium is a file of its own until it is removed", async () => {
  const found = await download(server.url("/cat.jpg"), LOOPBACK, { folder });
  assert.equal(found.bytes, 5);
  assert.equal(await readFile(found.path, "utf8"), "a cat");
  assert.equal((await stat(found.path)).mode & 0o777, 0o600);
  await found.remove();
  await found.remove();
  assert.deepEqual(await readdir(folder), []);
});

test("it is put into the system's temporary folder where none is named", async () => {
  const found = await download(new URL(server.url("/cat.jpg")), LOOPBACK);
  assert.ok(found.path.startsWith(join(tmpdir(), "feedlens-")), found.path);
  await found.remove();
});

for (const [path, bytes] of [
  ["/relative", 5],
  ["/early-hints", 5],
  ["/limit", 100_000],
  ["/empty", 0],
] as const) {
  test(`${path} has ${bytes} bytes`, async () => {
    const found = await download(server.url(path), LOOPBACK, { folder });
    assert.equal(found.bytes, bytes);
    assert.equal((await stat(found.path)).size, bytes);
    await found.remove();
  });
}

test("the name stays in the request though a checked address is connected to", async () => {
  const looked: string[] = [];
  const lookup = (name: string) => {
    looked.push(name);
    // Were the name looked up again to connect, this would lead elsewhere.
    return Promise.resolve([{ address: looked.length === 1 ? "127.0.0.1" : "127.0.0.9" }]);
  };
  const policy = { ...LOOPBACK, allowedHosts: ["*.example"], lookup };
  server.requests.length = 0;
  const found = await download(server.url("/cat.jpg?size=2", "media.example"), policy, { folder });
  await found.remove();
  assert.deepEqual(looked, ["media.example"]);
  const [request = ""] = server.requests;
  assert.match(request, /^GET \/cat\.jpg\?size=2 HTTP\/1\.1\r\n/);
  assert.match(request, new RegExp(`\r\nhost: media\\.example:${server.port}\r\n`, "i"));
  assert.match(request, /\r\naccept-encoding: identity\r\n/i);
  assert.doesNotMatch(request, /cookie|authorization|referer/i);
});

test("the next address of a name is tried where nobody answers at the first", async () => {
  const lookup = () => Promise.resolve([{ address: "127.0.0.9" }, { address: "127.0.0.1" }]);
  const policy = { ...LOOPBACK, allowedHosts: ["media.example"], lookup };
  const found = await download(server.url("/cat.jpg", "media.example"), policy, { folder });
  assert.equal(found.bytes, 5);
  await found.remove();
});

test("without a list nothing is downloaded", async () => {
  server.requests.length = 0;
  const error = await failure(server.url("/cat.jpg"), { allowedHosts: [] });
  assert.ok(error instanceof DownloadRefusedError);
  assert.equal(error.reason, "host-not-allowed");
  assert.equal(error.type, "urn:feedlens:client:download-host-not-allowed");
  assert.match(error.message, /name 127\.0\.0\.1 with FEEDLENS_MEDIA__ALLOWED_HOSTS/);
  assert.deepEqual(server.requests, []);
});

for (const host of ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "0"]) {
  test(`the private address behind ${host} is not connected to`, async () => {
    server.requests.length = 0;
    const policy = { allowedHosts: [host], privateNetworks: [] };
    const error = await failure(server.url("/cat.jpg", host), policy);
    assert.ok(error instanceof DownloadRefusedError);
    assert.equal(error.reason, "private-address");
    assert.match(error.message, /is not a public address/);
    assert.deepEqual(server.requests, []);
  });
}

for (const others of [["10.0.0.1"], ["::ffff:169.254.169.254"], ["64:ff9b::a00:1"]]) {
  test(`one address such as ${others.join()} among public ones is enough to refuse`, async () => {
    const addresses = ["93.184.216.34", ...others].map((address) => ({ address }));
    const error = await failure("http://media.example/cat.jpg", {
      allowedHosts: ["media.example"],
      lookup: () => Promise.resolve(addresses),
    });
    assert.ok(error instanceof DownloadRefusedError);
    assert.match(error.message, new RegExp(`: ${others.join().replaceAll(".", "\\.")} of media`));
  });
}

for (const [url, reason] of [
  ["http://ann:secret@127.0.0.1/cat.jpg", /the address holds credentials/],
  ["http://ann:secret@[::1", /is no http or https address/],
  ["http://", /is no http or https address/],
  ["cat.jpg", /is no http or https address/],
  ["ftp://127.0.0.1/cat.jpg", /is no http or https address/],
  ["file:///etc/passwd", /is no http or https address/],
  ["data:image/png;base64,AAAA", /is no http or https address/],
  ["http://127.0.0.1:99999/x", /is no http or https address/],
  ["http://127.0.0.1:0/x", /has no port above 0/],
  ["http://[::1]/x", /\[::1\] is none of 127\.0\.0\.1, localhost/],
  ["http://xn--a/x", /is no http or https address/],
] as const) {
  test(`${url} is refused for what it is`, async () => {
    const error = await failure(url);
    assert.ok(error instanceof DownloadRefusedError);
    assert.ok(error instanceof InvalidInputError);
    assert.equal(isTransient(error), false);
    assert.match(error.message, reason);
    assert.doesNotMatch(error.message, /secret/);
  });
}

for (const [path, message] of [
  ["/to-file", /redirects to file:\/\/\/etc\/passwd: .* is no http or https address/],
  ["/to-metadata", /169\.254\.169\.254 is none of/],
  ["/to-other-host", /redirects to \/\/evil\.example\/cat\.jpg: evil\.example is none of/],
  ["/to-credentials", /holds credentials/],
  ["/circle", /circle redirects more than 5 times/],
  ["/nowhere", /Invalid URL/],
  ["/script", /is no http or https address/],
] as const) {
  test(`the redirect ${path} is refused`, async () => {
    const error = await failure(server.url(path));
    assert.ok(error instanceof DownloadRefusedError);
    assert.equal(error.reason, "redirect-refused");
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /secret/);
  });
}

test("a redirect to a private address of a listed host is refused", async () => {
  server.answers["/inward"] = redirect(server.url("/cat.jpg", "127.0.0.2"));
  const error = await failure(server.url("/inward"), {
    allowedHosts: ["127.0.0.1", "127.0.0.2"],
    privateNetworks: ["127.0.0.1/32"],
  });
  assert.ok(error instanceof DownloadRefusedError);
  assert.match(error.message, /127\.0\.0\.2 of 127\.0\.0\.2 is not a public address/);
});

test("as many redirects are followed as the policy has it", async () => {
  server.answers["/one"] = redirect("/two");
  server.answers["/two"] = redirect("/cat.jpg");
  const policy = { ...LOOPBACK, maxRedirects: 2 };
  await (await download(server.url("/one"), policy, { folder })).remove();
  const error = await failure(server.url("/one"), { maxRedirects: 1 });
  assert.match(error.message, /redirects more than 1 times/);
  const none = await failure(server.url("/two"), { maxRedirects: 0 });
  assert.match(none.message, /redirects more than 0 times/);
});

test("what can't be reached behind a redirect may be there later", async () => {
  const error = await failure(server.url("/to-closed"));
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.code, "ECONNREFUSED");
});

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
