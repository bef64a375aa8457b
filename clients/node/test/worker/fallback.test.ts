import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type Fallback,
  FallbackFailedError,
  InvalidInputError,
  isPermanent,
  LegacyStoreError,
  type MediaJob,
  MediaWorker,
  type MediaWorkerOptions,
  NoLegacyVectorError,
  TooLargeError,
  UndecodableMediaError,
  UnavailableError,
  WorkerClosedError,
} from "../../src/index.js";
import { absent, type Answer, always, LEGACY_VECTOR, type Plan, serving } from "./fake-service.js";

const QUICK = { firstDelayMs: 1, maxDelayMs: 2, maxRetries: 2 };
const TEXT: MediaJob = { media_id: "m1", author_id: "a", caption: "hello" };
const PICTURE: MediaJob = { ...TEXT, file: Buffer.from("picture") };

/** What the old system's store was given. */
function oldStore() {
  const kept: [string, number[], MediaJob][] = [];
  const store = (mediaId: string, embedding: number[], job: MediaJob) => {
    kept.push([mediaId, embedding, job]);
    return Promise.resolve();
  };
  return { kept, store };
}

/** Fails the new path, and leaves the legacy endpoint as it is. */
const newPath =
  (answer: Answer): Plan =>
  ({ path }) =>
    path === "/v1/media" ? answer : undefined;

const worker = (url: string, options: MediaWorkerOptions) =>
  new MediaWorker({ url, retries: QUICK, ...options });

test("where the new path fails, the legacy vector is stored, and the result says why", async (t) => {
  const service = await serving(t, newPath({ status: 503, slug: "inference-unavailable" }));
  const { kept, store } = oldStore();
  const heard: [Fallback, string][] = [];
  const lines: string[] = [];
  const result = await worker(service.url, {
    legacy: { store },
    onFallback: (fallback, job) => heard.push([fallback, job.media_id]),
    log: (line) => lines.push(line),
  }).process({ ...PICTURE, created_at: "2026-01-02T03:04:05Z" });
  const fallback = {
    status: 503,
    type: "urn:feedlens:problem:inference-unavailable",
    detail: "POST /v1/media: 503 inference-unavailable: told to be 503",
  };
  assert.deepEqual(result, {
    media_id: "m1",
    path: "legacy",
    created: false,
    degraded: [],
    post: null,
    fallback,
    attempts: 4, // three of the new path, one of the legacy one
  });
  assert.deepEqual(kept, [
    ["m1", LEGACY_VECTOR, { ...PICTURE, created_at: "2026-01-02T03:04:05Z" }],
  ]);
  assert.deepEqual(heard, [[fallback, "m1"]]);
  const after = "UnavailableError 503 urn:feedlens:problem:inference-unavailable";
  assert.ok(lines.includes(`"m1" goes to the legacy endpoint, after: ${after}`));
});

test("a service that is gone altogether: an old one elsewhere stands in", async (t) => {
  const old = await serving(t);
  const { kept, store } = oldStore();
  const result = await worker(await absent(), {
    headers: { authorization: "Bearer new" },
    legacy: { url: old.url, store },
  }).process(PICTURE);
  assert.equal(result.path, "legacy");
  assert.equal(result.fallback?.status, null);
  assert.equal(result.fallback.type, "urn:feedlens:client:connection");
  assert.equal(kept.length, 1);
  assert.deepEqual(
    old.asked.map(({ path, authorization }) => [path, authorization]),
    [["/embed-image", undefined]],
  );
});

test("LEGACY_EMBEDDING_SERVER_URL names the old one, too", async (t) => {
  const old = await serving(t);
  process.env["LEGACY_EMBEDDING_SERVER_URL"] = old.url;
  t.after(() => delete process.env["LEGACY_EMBEDDING_SERVER_URL"]);
  const result = await worker(await absent(), { legacy: oldStore() }).process(PICTURE);
  assert.equal(result.path, "legacy");
  assert.equal(old.asked.length, 1);
});

for (const answer of ["html", { status: 500 }] as const) {
  test(`a service that is broken is not tried again: ${JSON.stringify(answer)}`, async (t) => {
    const service = await serving(t, newPath(answer));
    const result = await worker(service.url, { legacy: oldStore() }).process(PICTURE);
    assert.equal(result.path, "legacy");
    assert.equal(result.attempts, 2);
  });
}

test("a job's own fault is no reason to fall back", async (t) => {
  const service = await serving(t, newPath({ status: 422, slug: "undecodable-media" }));
  const { kept, store } = oldStore();
  await assert.rejects(worker(service.url, { legacy: { store } }).process(PICTURE), isPermanent);
  assert.deepEqual(kept, []);
  assert.equal(service.asked.length, 1);
});

test("where both paths fail, the first failure is told, with both as its cause", async (t) => {
  const service = await serving(t, always({ status: 503, retryAfter: 0 }));
  const { kept, store } = oldStore();
  const retries = { ...QUICK, maxRetries: 0 };
  const failing = worker(service.url, { legacy: { store }, retries }).process(PICTURE);
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof FallbackFailedError && error instanceof UnavailableError);
    assert.ok(!isPermanent(error));
    assert.equal(error.status, 503);
    assert.equal(error.retryAfter, 0);
    assert.ok(error.cause instanceof AggregateError);
    const messages = error.cause.errors.map(({ message }: Error) => message);
    assert.match(messages[0] as string, /POST \/v1\/media: 503/);
    assert.match(messages[1] as string, /POST \/embed-image: 503/);
    return true;
  });
  assert.deepEqual(kept, []);
});

test("a post without a picture has no legacy vector: the service's failure is told", async (t) => {
  const service = await serving(t, always({ status: 503 }));
  await assert.rejects(
    worker(service.url, { legacy: oldStore() }).process(TEXT),
    (error) => error instanceof UnavailableError && !(error instanceof FallbackFailedError),
  );
});

test("with the flag off, jobs go by the legacy endpoint alone", async (t) => {
  const service = await serving(t);
  const { kept, store } = oldStore();
  const off = worker(service.url, { useMultimodal: false, legacy: { store } });
  const result = await off.process(PICTURE);
  assert.deepEqual([result.path, result.fallback, result.attempts], ["legacy", null, 1]);
  assert.deepEqual(
    service.asked.map(({ path, fields }) => [path, fields["file"]]),
    [["/embed-image", "picture"]],
  );
  assert.equal(kept.length, 1);
});

test("with the flag off, what has no legacy vector is for the queue to keep", async (t) => {
  const service = await serving(t, ({ fields }) => {
    if (fields["file"] === "video") return { status: 422, slug: "undecodable-media" };
    return fields["file"] === "long video" ? { status: 413, slug: "too-large" } : undefined;
  });
  const { kept, store } = oldStore();
  const off = worker(service.url, { useMultimodal: false, legacy: { store } });
  const told = async (job: MediaJob) => {
    const error: unknown = await off.process(job).catch((reason: unknown) => reason);
    assert.ok(error instanceof NoLegacyVectorError, String(error));
    assert.equal(isPermanent(error), false);
    assert.equal(error.type, "urn:feedlens:client:no-legacy-vector");
    return error.cause;
  };
  assert.equal(await told(TEXT), undefined);
  const refused = await told({ ...TEXT, file: Buffer.from("video") });
  assert.ok(refused instanceof UndecodableMediaError);
  assert.ok((await told({ ...TEXT, file: Buffer.from("long video") })) instanceof TooLargeError);
  await assert.rejects(
    off.process({ ...TEXT, file: "/no/such/file.jpg" }),
    (error) => error instanceof InvalidInputError && isPermanent(error),
  );
  assert.deepEqual(kept, []);
  assert.equal(service.asked.length, 2);
});

test("USE_MULTIMODAL_EMBEDDINGS is the flag, and needs legacy.store where it is off", async (t) => {
  const service = await serving(t);
  process.env["USE_MULTIMODAL_EMBEDDINGS"] = "false";
  t.after(() => delete process.env["USE_MULTIMODAL_EMBEDDINGS"]);
  assert.throws(
    () => new MediaWorker(),
    (error) => error instanceof InvalidInputError && /legacy/.test(error.message),
  );
  const result = await worker(service.url, { legacy: oldStore() }).process(PICTURE);
  assert.equal(result.path, "legacy");
  const { path } = await worker(service.url, { useMultimodal: true }).process(PICTURE);
  assert.equal(path, "multimodal");
});

test("a store that rejects is told as its own, and the queue keeps the job", async (t) => {
  const service = await serving(t);
  const off = worker(service.url, {
    useMultimodal: false,
    legacy: { store: () => Promise.reject(new Error("the old store is away")) },
  });
  await assert.rejects(off.process(PICTURE), (error) => {
    assert.ok(error instanceof LegacyStoreError && !isPermanent(error));
    assert.equal(error.message, "legacy.store failed for m1: the old store is away");
    assert.equal((error.cause as Error).message, "the old store is away");
    return true;
  });
});

test("a store that throws before it returns a promise is told alike", async (t) => {
  const service = await serving(t);
  const off = worker(service.url, {
    useMultimodal: false,
    legacy: {
      store: () => {
        throw new Error("no such table");
      },
    },
  });
  await assert.rejects(
    off.process(PICTURE),
    (error) => error instanceof LegacyStoreError && error.message.endsWith("no such table"),
  );
});

test("a store that hangs, and heeds no signal, hinders no shutdown", async (t) => {
  const service = await serving(t);
  let given: AbortSignal | undefined;
  const off = worker(service.url, {
    useMultimodal: false,
    legacy: {
      store: (_id, _embedding, _job, { signal }) => {
        given = signal;
        return new Promise(() => undefined);
      },
    },
  });
  const job = off.process(PICTURE);
  const ended = assert.rejects(job, (error) => error instanceof WorkerClosedError);
  await off.close({ timeoutMs: 200 });
  await ended;
  assert.ok(given?.aborted);
});
