/** What can be uploaded, and what is refused before anything is sent. */

import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { openAsBlob } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";

import {
  InvalidInputError,
  isPermanent,
  isTransient,
  MediumChangedError,
  MediumUnreadableError,
} from "../../src/index.js";
import { type MediaSource, mediumOf, unreadable } from "../../src/inputs/media-source.js";

const CONTENT = Buffer.from("what a picture is made of");

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-a-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function read(source: MediaSource): Promise<[name: string, bytes: number, content: Buffer]> {
  const medium = await mediumOf(source);
  const pieces: Uint8Array[] = [];
  for await (const piece of medium.pieces(new AbortController().signal)) pieces.push(piece);
  return [medium.name, medium.bytes, Buffer.concat(pieces)];
}

test("files by path and by file: URL, bytes and blobs have a name, a size and a content", async (t) => {
  const path = join(await folderOf(t), "ä b%20.jpg");
  await writeFile(path, CONTENT);
  const inFile = ["ä b%20.jpg", CONTENT.length, CONTENT];
  const inMemory = ["upload", CONTENT.length, CONTENT];
  assert.deepEqual(await read(path), inFile);
  assert.deepEqual(await read(pathToFileURL(path)), inFile);
  assert.deepEqual(await read(pathToFileURL(path).href), inFile);
  assert.deepEqual(await read(CONTENT), inMemory);
  assert.deepEqual(await read(Uint8Array.from(CONTENT)), inMemory);
  assert.deepEqual(await read(Uint8Array.from(CONTENT).buffer), inMemory);
  assert.deepEqual(await read(new Blob([CONTENT])), inMemory);
  assert.deepEqual(await read(await openAsBlob(path)), inMemory);
  assert.deepEqual((await read(new File([CONTENT], "a.png")))[0], "a.png");
});

test("a medium is read from its start as often as it is sent, and may be empty", async (t) => {
  const path = join(await folderOf(t), "a.jpg");
  await writeFile(path, CONTENT);
  const medium = await mediumOf(path);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const pieces: Uint8Array[] = [];
    for await (const piece of medium.pieces(new AbortController().signal)) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), CONTENT);
  }
  await writeFile(path, "");
  assert.deepEqual(await read(path), ["a.jpg", 0, Buffer.alloc(0)]);
});

test("a view of a larger buffer is sent alone", async () => {
  const view = new Uint8Array(CONTENT.buffer, CONTENT.byteOffset + 5, 9);
  assert.equal((await read(view))[2].toString(), "a picture");
});

for (const [source, said] of [
  ["/nowhere/a.jpg", /^\/nowhere\/a\.jpg can't be read \(ENOENT\)$/],
  ["", /can't be read \(ENOENT\)/],
  [tmpdir(), /is no file$/],
  ["/dev/zero", /is no file$/],
  ["a\0b", /can't be read \(ERR_INVALID_ARG_VALUE\)/],
  ["https://cdn.example/a.jpg?key=secret", /^https: is not read here; download it first/],
  ["S3://bucket/a.jpg", /^S3: is not read here/],
  [new URL("https://cdn.example/a.jpg"), /^https: is not read here/],
  [new URL("file://elsewhere/a.jpg"), /can't be read \(ERR_INVALID_FILE_URL_HOST\)/],
  ["file:///a%2Fb", /can't be read \(ERR_INVALID_FILE_URL_PATH\)/],
  [undefined, /^a medium is a path, a Buffer, an ArrayBuffer or a Blob$/],
  [null, /^a medium is/],
  [3, /^a medium is/],
  [[1, 2], /^a medium is/],
  [new Float32Array(3), /^a medium is/],
] as const) {
  test(`${String(source)} is an InvalidInputError`, async () => {
    await assert.rejects(mediumOf(source as unknown as MediaSource), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, said);
      return true;
    });
  });
}

test("a blob whose file changed is no fault of the input's", async (t) => {
  const path = join(await folderOf(t), "a.jpg");
  await writeFile(path, CONTENT);
  const blob = await openAsBlob(path);
  await writeFile(path, "shorter");
  await assert.rejects(read(blob), (error) => {
    assert.ok(error instanceof MediumChangedError, String(error));
    assert.equal(error.type, "urn:feedlens:client:medium-changed");
    return !isPermanent(error);
  });
});

test("a file that grows while it is sent is worth another call", async (t) => {
  const path = join(await folderOf(t), "a.jpg");
  await writeFile(path, Buffer.alloc(200_000));
  const { pieces } = await mediumOf(path);
  let sent = 0;
  const sending = async () => {
    for await (const piece of pieces(new AbortController().signal)) {
      sent += piece.byteLength;
      await appendFile(path, "more");
    }
  };
  await assert.rejects(sending(), (error) => {
    assert.ok(error instanceof MediumChangedError);
    assert.match(error.message, /^.*a\.jpg changed while it was sent$/);
    return !isPermanent(error) && !isTransient(error); // the size that was told stays wrong
  });
  assert.ok(sent < 200_000);
});

test("a content that is given as a string is not told whole", async () => {
  await assert.rejects(mediumOf(Buffer.alloc(900_000).toString("base64")), (error) => {
    assert.ok(error instanceof InvalidInputError);
    assert.match(error.message, /^A{300}… \(a string is a path; give bytes as a Buffer\) can't be/);
    return error.message.length < 500;
  });
});

for (const code of ["EMFILE", "EIO", "ESTALE", "EBUSY", "ETIMEDOUT", "EACCES", "ENOMEM"]) {
  test(`${code} of a disk may pass`, () => {
    const error = unreadable("a.jpg", Object.assign(new Error("a disk's"), { code }));
    assert.ok(error instanceof MediumUnreadableError);
    assert.equal(error.code, code);
    assert.equal(error.message, `a.jpg can't be read (${code})`);
    assert.equal(isPermanent(error), false);
    assert.equal(isTransient(error), true);
  });
}

for (const code of ["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "ERR_INVALID_URL"]) {
  test(`${code} does not pass`, () => {
    const error = unreadable("a.jpg", Object.assign(new Error("a disk's"), { code }));
    assert.ok(error instanceof InvalidInputError);
    assert.equal(isPermanent(error), true);
  });
}

test("a blob that can't even begin to be read is told as such", async () => {
  const blob = Object.assign(new Blob([CONTENT]), {
    stream: () => {
      throw new Error("the disk is away");
    },
  });
  await assert.rejects(read(blob), MediumUnreadableError);
});

test("what a stream of the caller's fails with may pass", () => {
  const error = unreadable("upload", new Error("the pipe broke"));
  assert.ok(error instanceof MediumUnreadableError);
  assert.equal(error.code, undefined);
  assert.match(error.message, /the pipe broke/);
});
