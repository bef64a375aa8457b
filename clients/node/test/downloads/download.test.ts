import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ConnectionError, InvalidInputError } from "../../src/connection/errors.js";
import { isTransient } from "../../src/connection/retries.js";
import { download } from "../../src/downloads/download.js";
import { DownloadRefusedError } from "../../src/downloads/download-errors.js";
import { failure, folder, LOOPBACK, server } from "./host.js";
import { redirect } from "./media-server.js";

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
