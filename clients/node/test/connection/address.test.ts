/** Where the client looks for the orchestrator, and how it says that this is no place. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf } from "../../src/connection/address.js";
import { ConnectionError, InvalidInputError, UnexpectedAnswerError } from "../../src/index.js";
import { clientOf, failureOf, feed, upload } from "./calls.js";
import { json, serving } from "./loopback.js";

test("the option comes before the environment, and that before the default", (t) => {
  const before = process.env["EMBEDDING_SERVER_URL"];
  t.after(() => {
    if (before === undefined) delete process.env["EMBEDDING_SERVER_URL"];
    else process.env["EMBEDDING_SERVER_URL"] = before;
  });
  delete process.env["EMBEDDING_SERVER_URL"];
  assert.equal(addressOf().url.href, "http://127.0.0.1:8000/");
  process.env["EMBEDDING_SERVER_URL"] = "  ";
  assert.equal(addressOf().url.href, "http://127.0.0.1:8000/");
  process.env["EMBEDDING_SERVER_URL"] = " https://feedlens.example/a \n";
  assert.equal(addressOf().url.href, "https://feedlens.example/a");
  assert.equal(addressOf("http://other").url.href, "http://other/");
  assert.equal(addressOf(new URL("http://other/b")).url.href, "http://other/b");
});

for (const [text, said] of [
  ["localhost:8000", /must begin with http:\/\/ or https:\/\/: "localhost:8000"/],
  [
    "127.0.0.1:8000",
    /is no address: "127\.0\.0\.1:8000"; it looks like http:\/\/127\.0\.0\.1:8000/,
  ],
  ["ftp://x", /must begin with http:\/\//],
  ["file:///etc/passwd", /must begin with http:\/\//],
  ["http://", /is no address/],
  ["http://x:99999", /is no address/],
  ["http://x?key=secret", /must have no \? and no #: "http:\/\/x\?…"/],
  ["http://x/#secret", /must have no \? and no #/],
  ["me:secret@x:8000", /must begin with http:\/\/ or https:\/\/: "…@x:8000"/],
  ["http://me:secret@x:99999", /is no address: "…@x:99999"/],
  ["http://me:%zzsecret@x", /has a user or password with a %/],
] as const) {
  test(`${text} is refused, without saying secrets`, () => {
    assert.throws(
      () => clientOf(text),
      (error) =>
        error instanceof InvalidInputError &&
        said.test(error.message) &&
        !/secret/.test(error.message) &&
        error.cause === undefined,
    );
  });
}

test("an address's path stands before every request's, with and without a slash", async (t) => {
  const paths: (string | undefined)[] = [];
  const url = await serving(t, (request, answer) => {
    paths.push(request.url);
    request.resume();
    json(answer, 200, {});
  });
  for (const prefix of ["", "/", "/feedlens", "/feedlens/", "/a/b//"]) {
    await feed(clientOf(url + prefix));
  }
  assert.deepEqual(paths, [
    "/v1/feed",
    "/v1/feed",
    "/feedlens/v1/feed",
    "/feedlens/v1/feed",
    "/a/b/v1/feed",
  ]);
});

test("an address's credentials are sent as an Authorization, and said nowhere", async (t) => {
  const sent: (string | undefined)[] = [];
  const lines: string[] = [];
  const url = await serving(t, (request, answer) => {
    sent.push(request.headers.authorization);
    request.resume();
    answer.writeHead(401).end();
  });
  const withThem = url.replace("//", "//m%C3%BC:s%3Ae%40cret@");
  const client = clientOf(withThem, { log: (line) => void lines.push(line) });
  const errors = [await failureOf(feed(client)), await failureOf(upload(client, Buffer.alloc(3)))];
  for (const error of errors) {
    assert.equal(error.constructor, UnexpectedAnswerError);
    assert.doesNotMatch(JSON.stringify([error.message, String(error.cause)]), /cret/);
  }
  assert.equal(client.url.href, `${url}/`);
  assert.doesNotMatch(lines.join(), /cret|Basic/);
  const basic = `Basic ${Buffer.from("mü:s:e@cret").toString("base64")}`;
  assert.deepEqual(sent, [basic, basic]);
});

test("a caller's own Authorization comes before the address's", async (t) => {
  const sent: (string | undefined)[] = [];
  const url = await serving(t, (request, answer) => {
    sent.push(request.headers.authorization);
    json(answer, 200, {});
  });
  const headers = { Authorization: "Bearer token" };
  await feed(clientOf(url.replace("//", "//me:secret@"), { headers }));
  assert.deepEqual(sent, ["Bearer token"]);
});

test("a port that only a fetch of the caller's refuses is an InvalidInputError there", async () => {
  const refused = await failureOf(feed(clientOf("http://127.0.0.1:9", { fetch })));
  assert.equal(refused.constructor, InvalidInputError);
  assert.match(refused.message, /fetch connects to no port 9/);
  const absent = await failureOf(feed(clientOf("http://127.0.0.1:9")));
  assert.equal(absent.constructor, ConnectionError);
});
