/** Uploads that do not come through: typed errors, and nothing left open. */

import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  MediumChangedError,
  TimeoutError,
  TooLargeError,
  UnexpectedAnswerError,
} from "../../src/index.js";
import { clientOf, failureOf, upload } from "./calls.js";
import { connecting, json, problem, serving } from "./loopback.js";
import { openFiles, settled } from "./resources.js";

const LARGE = 20_000_000;

async function fileOf(t: TestContext, bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-a-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "film.mp4");
  await writeFile(path, Buffer.alloc(bytes, 7));
  return path;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

test("a file arrives as it is, with its name and the length told beforehand", async (t) => {
  const path = await fileOf(t, 300_000);
  const content = await readFile(path);
  const arrived: Buffer[] = [];
  const url = await serving(t, (request, answer) => {
    assert.equal(request.headers["transfer-encoding"], undefined);
    void bodyOf(request).then((body) => {
      assert.equal(request.headers["content-length"], String(body.length));
      arrived.push(body);
      json(answer, 201, { media_id: "m" });
    });
  });
  await upload(clientOf(url), path);
  await upload(clientOf(url), content);
  for (const [number, name] of ["film.mp4", "upload"].entries()) {
    const body = arrived[number] ?? Buffer.alloc(0);
    const [start, end] = [body.indexOf(content), body.lastIndexOf("\r\n--feedlens-")];
    assert.ok(body.subarray(0, start).includes(`name="file"; filename="${name}"\r\n`));
    assert.equal(end - start, content.length);
  }
});

test("a refusal while the body is still sent is told, and the file closed", async (t) => {
  const path = await fileOf(t, LARGE);
  const url = await serving(t, (request, answer) => {
    request.once("data", () => {
      request.pause();
      problem(answer, 413, {}, { connection: "close" });
    });
  });
  const error = await failureOf(upload(clientOf(url), path));
  assert.equal(error.constructor, TooLargeError);
  await settled(() => !openFiles().includes(path));
});

test("a refusal before any of the body, and a 401 of a proxy's, are told", async (t) => {
  const path = await fileOf(t, LARGE);
  for (const [status, kind] of [
    [413, TooLargeError],
    [401, UnexpectedAnswerError],
    [308, UnexpectedAnswerError],
  ] as const) {
    const url = await serving(t, (_, answer) => answer.writeHead(status).end());
    const error = await failureOf(upload(clientOf(url), path));
    assert.equal(error.constructor, kind);
    assert.equal(error.status, status);
  }
  await settled(() => !openFiles().includes(path));
});

test("a server that reads no further is a TimeoutError, and the file closed", async (t) => {
  const path = await fileOf(t, LARGE);
  const url = await connecting(t, (socket) => {
    socket.once("data", () => socket.pause());
  });
  const error = await failureOf(upload(clientOf(url), path, { timeoutMs: 200 }));
  assert.equal(error.constructor, TimeoutError);
  await settled(() => !openFiles().includes(path));
});

test("a server that resets within the body is a ConnectionError, and the file closed", async (t) => {
  const path = await fileOf(t, LARGE);
  const url = await connecting(t, (socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  const error = await failureOf(upload(clientOf(url), path));
  assert.equal(error.constructor, ConnectionError);
  await settled(() => !openFiles().includes(path));
});

test("an upload aborted by the caller closes its file and its connection", async (t) => {
  const path = await fileOf(t, LARGE);
  const closed = new Promise<void>((resolve) => {
    void connecting(t, (socket) => {
      socket.once("data", () => socket.pause());
      socket.on("close", resolve);
      socket.on("end", resolve);
      setTimeout(() => socket.resume(), 300);
    }).then(async (url) => {
      const own = new Error("changed my mind");
      const ending = new AbortController();
      setTimeout(() => {
        ending.abort(own);
      }, 100);
      const error = await failureOf(upload(clientOf(url), path, { signal: ending.signal }));
      assert.equal(error.constructor, AbortedError);
      assert.equal(error.cause, own);
    });
  });
  await closed;
  await settled(() => !openFiles().includes(path));
});

for (const [what, change] of [
  ["shortened", (path: string) => truncate(path, 1_000_000)],
  ["prolonged", (path: string) => appendFile(path, "more")],
] as const) {
  test(`a file that is ${what} while it is sent never arrives`, async (t) => {
    const path = await fileOf(t, LARGE);
    let whole = false;
    const url = await serving(t, (request, answer) => {
      request.once("data", () => {
        request.pause();
        void change(path).then(() => request.resume());
      });
      request.on("end", () => {
        whole = request.complete;
        json(answer, 201, {});
      });
    });
    const error = await failureOf(upload(clientOf(url), path));
    assert.equal(error.constructor, MediumChangedError);
    assert.match(error.message, /film\.mp4 changed while it was sent/);
    assert.equal(whole, false);
  });
}

test("a file that is gone before another attempt is an InvalidInputError", async (t) => {
  const path = await fileOf(t, 1_000);
  const url = await serving(t, (request, answer) => {
    request.resume().on("end", () => {
      void unlink(path).then(() => {
        problem(answer, 503);
      });
    });
  });
  const retries = { maxRetries: 3, firstDelayMs: 1 };
  const error = await failureOf(upload(clientOf(url, { retries }), path));
  assert.equal(error.constructor, InvalidInputError);
  assert.match(error.message, /film\.mp4 can't be read \(ENOENT\)/);
});

test("an upload whose server was away for one attempt arrives whole with the next", async (t) => {
  const path = await fileOf(t, 2_000_000);
  const lengths: number[] = [];
  const url = await serving(t, (request, answer) => {
    if (lengths.length === 0) {
      lengths.push(0);
      request.once("data", () => request.socket.resetAndDestroy());
      return;
    }
    void bodyOf(request).then((body) => {
      lengths.push(body.length);
      json(answer, 201, { media_id: "m" });
    });
  });
  const answer = await upload(clientOf(url, { retries: { maxRetries: 1 } }), path);
  assert.equal(answer.media_id, "m");
  assert.equal(lengths.length, 2);
  assert.ok((lengths[1] ?? 0) > 2_000_000);
});

test("an upload's time grows with its file", async (t) => {
  const url = await serving(t, (request, answer) => {
    request.resume().on("end", () => {
      setTimeout(() => {
        json(answer, 201, {});
      }, 400);
    });
  });
  const client = clientOf(url, { timeoutMs: 100, timeoutMsPerMegabyte: 1_000 });
  assert.equal((await failureOf(upload(client, Buffer.alloc(10)))).constructor, TimeoutError);
  assert.deepEqual(await upload(client, Buffer.alloc(2_000_000)), {});
});

test("the answer's arrival, not the body's end, ends an upload", async (t) => {
  const url = await serving(t, (request, answer) => {
    request.once("data", () => {
      json(answer, 200, { media_id: "known already" });
    });
  });
  assert.equal((await upload(clientOf(url), await fileOf(t, LARGE))).media_id, "known already");
});
