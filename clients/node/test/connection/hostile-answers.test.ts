/** Answers that Feedlens would not give: each is a typed error, and what it says helps. */

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";

import {
  ConnectionError,
  type FeedlensError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  ServerError,
  SlowUploadError,
  TimeoutError,
  TooLargeError,
  UnavailableError,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { clientOf, failureOf, feed, remove, thumbnail } from "./calls.js";
import { connecting, type Handler, json, problem, serving, writing } from "./loopback.js";

const PAGE = "<html>\n<title>Welcome to nginx</title></html>";
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

async function answered(test: TestContext, handler: Handler): Promise<FeedlensError> {
  return failureOf(feed(clientOf(await serving(test, handler))));
}

function page(status: number, headers: Record<string, string> = {}): Handler {
  return (_, answer) =>
    answer.writeHead(status, { "content-type": "text/html", ...headers }).end(PAGE);
}

for (const [status, kind] of [
  [200, UnexpectedAnswerError],
  [401, UnexpectedAnswerError],
  [403, UnexpectedAnswerError],
  [404, UnexpectedAnswerError],
  [405, UnexpectedAnswerError],
  [408, SlowUploadError],
  [413, TooLargeError],
  [429, UnavailableError],
  [500, ServerError],
  [502, UnavailableError],
  [503, UnavailableError],
  [504, UnavailableError],
  [520, ServerError],
] as const) {
  test(`a page of HTML with ${status} is a ${kind.name}`, async (t) => {
    const error = await answered(t, page(status));
    assert.equal(error.constructor, kind);
    assert.equal(error.status, status);
    assert.match(error.message, /^POST \/v1\/feed: \d+ .*"<html> <title>Welcome to nginx<\/title>/);
  });
}

test("a page that asks who calls says what to do about that", async (t) => {
  const error = await answered(t, page(401, { "www-authenticate": "Basic" }));
  assert.match(error.message, /give the option headers, or credentials in EMBEDDING_SERVER_URL/);
});

test("problem details are told with their type, members and Retry-After", async (t) => {
  const members = { type: "urn:feedlens:problem:not-found", media_ids: ["a"], instance: "/x" };
  const error = await answered(t, (_, answer) => {
    problem(answer, 404, members, { "retry-after": "7" });
  });
  assert.ok(error instanceof NotFoundError);
  assert.equal(error.message, "POST /v1/feed: 404 No: it is so");
  const { name, status, type, retryAfter } = error;
  assert.deepEqual(
    [name, status, type, retryAfter],
    ["NotFoundError", 404, "urn:feedlens:problem:not-found", 7],
  );
  assert.deepEqual(error.members, { media_ids: ["a"] });
});

test("a problem's type that names a member of every object is a problem like another", async (t) => {
  for (const type of ["constructor", "__proto__", "toString"]) {
    const error = await answered(t, (_, answer) => {
      problem(answer, 422, { type });
    });
    assert.equal(error.constructor, InvalidRequestError);
    assert.equal(error.type, type);
  }
});

test("a 403 of Feedlens's is a ForbiddenError", async (t) => {
  const error = await answered(t, (_, answer) => {
    problem(answer, 403);
  });
  assert.equal(error.constructor, ForbiddenError);
});

for (const [what, body] of [
  ["a list", "[1]"],
  ["null", "null"],
  ["a number", "3"],
  ["half an object", '{"items": ['],
  ["nothing", ""],
] as const) {
  test(`JSON that is ${what} is an UnexpectedAnswerError`, async (t) => {
    const error = await answered(t, (_, answer) =>
      answer.writeHead(200, { "content-type": "application/json" }).end(body),
    );
    assert.equal(error.constructor, UnexpectedAnswerError);
    assert.equal(error.status, 200);
    assert.match(error.message, /^POST \/v1\/feed: 200 with/);
  });
}

test("an object with no content type, or another's, is an UnexpectedAnswerError", async (t) => {
  for (const headers of [{}, { "content-type": "text/plain" }, { "content-type": "image/png" }]) {
    const error = await answered(t, (_, answer) => answer.writeHead(200, headers).end("{}"));
    assert.equal(error.constructor, UnexpectedAnswerError);
  }
});

test("204 is an answer to DELETE alone; 205 and 206 to nothing", async (t) => {
  let status = 204;
  const client = clientOf(await serving(t, (_, answer) => answer.writeHead(status).end()));
  assert.equal(await remove(client), null);
  for (status of [204, 205, 206]) {
    assert.equal((await failureOf(feed(client))).constructor, UnexpectedAnswerError);
  }
});

test("a thumbnail is an image, and not JSON", async (t) => {
  let kind = "image/jpeg";
  const url = await serving(t, (_, answer) =>
    answer.writeHead(200, { "content-type": kind }).end("JPEG"),
  );
  const client = clientOf(url);
  assert.equal(await ((await thumbnail(client)) as Blob).text(), "JPEG");
  kind = "application/json";
  assert.equal((await failureOf(thumbnail(client))).constructor, UnexpectedAnswerError);
});

test("a redirect is not followed, and where it leads is said without its query", async (t) => {
  const location = "https://me:secret@elsewhere.example/v1/feed?key=secret";
  for (const status of [301, 302, 303, 307, 308]) {
    const error = await answered(t, page(status, { location }));
    assert.equal(error.constructor, UnexpectedAnswerError);
    assert.equal(error.status, status);
    assert.match(error.message, /leads to "https:\/\/elsewhere\.example\/v1\/feed": /);
    assert.doesNotMatch(error.message, /secret/);
  }
});

test("a body that is cut off is a ConnectionError, in plain and in chunks", async (t) => {
  for (const rest of [
    'Content-Length: 99\r\n\r\n{"items"',
    "Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
  ]) {
    const error = await failureOf(feed(clientOf(await writing(t, HEAD + rest))));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.code, "ECONNRESET");
    assert.equal(error.status, undefined);
  }
});

test("a connection that ends, or is reset, before any answer is a ConnectionError", async (t) => {
  const ended = await failureOf(feed(clientOf(await writing(t, ""))));
  assert.ok(ended instanceof ConnectionError);
  assert.equal(ended.code, "ECONNRESET");
  const reset = await failureOf(feed(clientOf(await writing(t, "", "resets"))));
  assert.ok(reset instanceof ConnectionError);
  assert.equal(reset.code, "ECONNRESET");
});

test("the status of a refusal stays known when its body is lost", async (t) => {
  const head =
    "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n";
  const error = await failureOf(feed(clientOf(await writing(t, `${head}{"ty`))));
  assert.equal(error.constructor, TooLargeError);
});

for (const [what, bytes] of [
  ["before the head", ""],
  ["within the head", "HTTP/1.1 200 OK\r\nContent-"],
  ["within the body", `${HEAD}Content-Length: 99\r\n\r\n{"items"`],
  ["within a refusal's body", "HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nbusy"],
] as const) {
  test(`a stall ${what} is a TimeoutError`, async (t) => {
    const client = clientOf(await writing(t, bytes, "stalls"), { timeoutMs: 100 });
    const error = await failureOf(feed(client));
    assert.equal(error.constructor, TimeoutError);
    assert.match(error.message, /no answer of http:\/\/127\.0\.0\.1:\d+ within 100 ms/);
  });
}

test("what speaks no HTTP is an UnexpectedAnswerError without a status", async (t) => {
  const error = await failureOf(feed(clientOf(await writing(t, "SSH-2.0-OpenSSH_9.6\r\n"))));
  assert.equal(error.constructor, UnexpectedAnswerError);
  assert.equal(error.status, undefined);
  assert.match(error.message, /does not speak HTTP/);
});

test("plain HTTP where TLS is asked for is a ConnectionError that says so", async (t) => {
  const url = await writing(t, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const error = await failureOf(feed(clientOf(url.replace("http:", "https:"))));
  assert.equal(error.constructor, ConnectionError);
  assert.match(error.message, /Does it speak http:\/\/ there\?/);
});

test("nobody there is a ConnectionError that says where to look", async (t) => {
  const url = await serving(t, () => undefined);
  const absent = `http://127.0.0.1:${await freedPort(t)}`;
  assert.notEqual(absent, url);
  const error = await failureOf(feed(clientOf(absent)));
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.code, "ECONNREFUSED");
  assert.match(error.message, /no Feedlens answers at .* Is the orchestrator running there/);
});

test("a name that resolves to nothing is a ConnectionError", async () => {
  const error = await failureOf(feed(clientOf("http://feedlens.invalid")));
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /no Feedlens answers at http:\/\/feedlens\.invalid/);
});

test("a gigantic answer is not read to its end, packed or not", async (t) => {
  const blank = Buffer.alloc(1_000_000, " ");
  const packed = gzipSync(Buffer.alloc(200_000_000, " "));
  let written = 0;
  const endless: Handler = (_, answer) => {
    answer.writeHead(200, { "content-type": "application/json" });
    const more = (): void => {
      while (!answer.destroyed && answer.write(blank)) written += blank.length;
      answer.once("drain", more);
    };
    more();
  };
  const bomb: Handler = (_, answer) => {
    answer.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    answer.end(packed);
  };
  for (const handler of [endless, bomb]) {
    const error = await failureOf(feed(clientOf(await serving(t, handler), { timeoutMs: 60_000 })));
    assert.equal(error.constructor, UnexpectedAnswerError);
    assert.match(error.message, /200 with over 128,000,000 bytes/);
  }
  assert.ok(written < 200_000_000);
});

test("a refusal's endless body is told by its beginning", async (t) => {
  const error = await answered(t, (_, answer) => {
    answer.writeHead(503, { "retry-after": "3" });
    const more = (): void => {
      while (!answer.destroyed && answer.write("busy ".repeat(10_000)));
      answer.once("drain", more);
    };
    more();
  });
  assert.equal(error.constructor, UnavailableError);
  assert.equal(error.retryAfter, 3);
  assert.ok(error.message.length < 250);
});

test("an answer whose encoding is a lie is a typed error", async (t) => {
  const error = await answered(t, (_, answer) => {
    answer.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    answer.end("{}");
  });
  assert.equal(error.constructor, ConnectionError);
});

test("what is well is taken: an object in JSON of any kind, unpacked", async (t) => {
  const types = ["application/json", "application/json; charset=utf-8", "application/vnd.x+json"];
  for (const type of types) {
    const url = await serving(t, (_, answer) =>
      answer
        .writeHead(200, { "content-type": type, "content-encoding": "gzip" })
        .end(gzipSync('{"items": []}')),
    );
    assert.deepEqual(await feed(clientOf(url)), { items: [] });
  }
  const url = await serving(t, (_, answer) => {
    json(answer, 201, { items: ["ü"] });
  });
  assert.deepEqual(await feed(clientOf(url)), { items: ["ü"] });
});

async function freedPort(t: TestContext): Promise<string> {
  const url = new URL(await connecting(t, () => undefined));
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === "object" && address !== null && String(address.port) !== url.port);
  return String(address.port);
}
