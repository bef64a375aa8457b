/** Options of a client, and what can't be sent. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import {
  FeedlensClient,
  type FeedlensError,
  FeedRankingService,
  InvalidInputError,
  MediaService,
  MediaWorker,
  QdrantService,
} from "../../src/index.js";
import { getMedia, postFeed } from "../../src/generated/index.js";
import { formOf } from "../../src/inputs/multipart.js";
import { clientOf, failureOf, feed, upload } from "./calls.js";
import { json, serving } from "./loopback.js";

for (const [options, said] of [
  [{ timeoutMs: 0 }, /timeoutMs is 0; it is a number from 1 to 2,147,483,647/],
  [{ timeoutMs: -5 }, /timeoutMs is -5/],
  [{ timeoutMs: NaN }, /timeoutMs is NaN/],
  [{ timeoutMs: Infinity }, /timeoutMs is Infinity/],
  [{ timeoutMs: "30" }, /timeoutMs is "30"/],
  [{ timeoutMs: null }, undefined],
  [{ timeoutMsPerMegabyte: -1 }, /timeoutMsPerMegabyte is -1/],
  [{ headers: { "x y": "secret" } }, /headers has "x y", whose name or value/],
  [{ headers: { token: "secret\r\nx: y" } }, /headers has "token", whose name or value/],
  [{ headers: { "Transfer-Encoding": "chunked" } }, /headers has "Transfer-Encoding"/],
  [{ headers: { token: 3 } }, /headers has "token"/],
  [{ headers: { token: undefined } }, undefined],
  [{ fetch: "node-fetch" }, /fetch is no function/],
] as const) {
  test(`a client with ${JSON.stringify(options)}`, () => {
    const make = () => new FeedlensClient(options as never);
    if (said === undefined) {
      assert.ok(make() instanceof FeedlensClient);
      return;
    }
    assert.throws(make, (error: FeedlensError) => {
      assert.equal(error.constructor, InvalidInputError);
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

test("a call's timeout is held to the same bounds, by a rejection", async () => {
  const client = clientOf("http://127.0.0.1:1");
  for (const timeoutMs of [0, -1, NaN, 2 ** 31]) {
    const error = await failureOf(feed(client, { timeoutMs }));
    assert.equal(error.constructor, InvalidInputError);
    assert.match(error.message, /the option timeoutMs is/);
  }
});

for (const [options, said] of [
  [{ timeout: 5 }, /Options has no field timeout$/],
  [{ timeoutMS: 5 }, /has no field timeoutMS/],
  [new AbortController().signal, /give the signal as \{ signal \}/],
  [null, /must be an object/],
  ["token", /must be an object/],
] as const) {
  test(`a call with ${inspect(options, { depth: 0 })} is refused, and not made`, async (t) => {
    const url = await serving(t, () => assert.fail("a request came"));
    const client = clientOf(url);
    const posts = new MediaService(client);
    const given = options as never;
    const post = { media_id: "m", author_id: "ann", caption: "Hi" };
    const calls = [
      posts.get("m", given),
      posts.publish(post, given),
      ...[true, false].flatMap((useMultimodal) => {
        const ranking = new FeedRankingService(client, { useMultimodal });
        return [ranking.feedPage("ann", given), ranking.feed("ann", given).next()];
      }),
      new QdrantService(client).ensureMultimodalCollection(given),
      new MediaWorker({ client }).process(post, given),
      new FeedRankingService(client).recordEvents([], given),
    ];
    for (const error of await Promise.all(calls.map(failureOf))) {
      assert.equal(error.constructor, InvalidInputError);
      assert.match(error.message, said);
    }
  });
}

test("a client's headers are sent with every request, forms included", async (t) => {
  const sent: unknown[] = [];
  const url = await serving(t, (request, answer) => {
    sent.push([request.headers["x-key"], request.headers["content-type"]?.split(";")[0]]);
    request.resume().on("end", () => {
      json(answer, 200, {});
    });
  });
  const client = clientOf(url, { headers: { "X-Key": "k" } });
  await feed(client);
  await upload(client, Buffer.alloc(3));
  assert.deepEqual(sent, [
    ["k", "application/json"],
    ["k", "multipart/form-data"],
  ]);
});

test("a client of the package's other kind of modules is one too", () => {
  const other = Object.defineProperty({}, Symbol.for("feedlens.client"), { value: true });
  assert.ok(other instanceof FeedlensClient);
  for (const none of [null, undefined, {}, "x", { url: "http://x" }]) {
    assert.ok(!((none as unknown) instanceof FeedlensClient));
  }
});

test("a request in JSON tells its length", async (t) => {
  const sent: unknown[] = [];
  const url = await serving(t, (request, answer) => {
    sent.push([request.headers["content-length"], request.headers["transfer-encoding"]]);
    json(answer, 200, {});
  });
  await feed(clientOf(url));
  assert.deepEqual(sent, [[String('{"user_id":"u"}'.length), undefined]]);
});

test("a fetch of the caller's gets an address and parts, for it may know no Request of Node's", async (t) => {
  const lengths: unknown[] = [];
  const url = await serving(t, (request, answer) => {
    lengths.push([request.headers["content-length"], request.headers["transfer-encoding"]]);
    request.resume().on("end", () => {
      json(answer, 200, { media_id: "m" });
    });
  });
  const given: string[] = [];
  const own = (input: unknown, init: RequestInit) => {
    assert.equal(typeof input, "string");
    given.push(`${init.method ?? ""} ${String(input)} ${init.redirect ?? ""}`);
    return fetch(input as string, init);
  };
  const client = clientOf(url, { fetch: own as typeof fetch });
  await feed(client);
  await upload(client, Buffer.alloc(1_000_000));
  await client.call((attempt) => getMedia({ ...attempt, path: { media_id: "ü/?" } }));
  assert.deepEqual(given, [
    `POST ${url}/v1/feed manual`,
    `POST ${url}/v1/media error`,
    `GET ${url}/v1/media/%C3%BC%2F%3F manual`,
  ]);
  assert.deepEqual(lengths[0], ["15", undefined]);
  assert.deepEqual((lengths[1] as unknown[])[1], undefined);
});

test("what can't be sent is an InvalidInputError, whoever finds it", async () => {
  const client = clientOf("http://127.0.0.1:1");
  const circular: { user_id: string; weights?: unknown } = { user_id: "u" };
  circular.weights = circular;
  const invalid = { media_id: "m", at: new Date(NaN) };
  for (const call of [
    client.call((attempt) => postFeed({ ...attempt, body: circular as never })),
    client.call((attempt) =>
      postFeed({ ...attempt, ...formOf<never>(invalid as never, attempt.signal) }),
    ),
    client.call(() => Promise.reject(new Error("my own"))),
  ]) {
    const error = await failureOf(call);
    assert.equal(error.constructor, InvalidInputError);
    assert.match(error.message, /the call can't be (sent|made)/);
  }
});

test("functions of the generated client reject with the same errors", async (t) => {
  const url = await serving(t, (_, answer) =>
    answer.writeHead(200, { "content-type": "application/json" }).end("[]"),
  );
  const { http } = clientOf(url);
  const error = await failureOf(
    postFeed({ client: http, body: { user_id: "u" }, throwOnError: true }),
  );
  assert.equal(error.name, "UnexpectedAnswerError");
  const own = new Error("enough");
  const ended = await failureOf(
    postFeed({
      client: http,
      body: { user_id: "u" },
      throwOnError: true,
      signal: AbortSignal.abort(own),
    }),
  );
  assert.equal(ended.name, "AbortError");
  assert.equal(ended.cause, own);
});
