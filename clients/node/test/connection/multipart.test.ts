/** Forms as bytes (RFC 7578). */

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { type Fields, formOf } from "../../src/inputs/multipart.js";
import { mediumOf } from "../../src/inputs/media-source.js";

type Body = Record<string, unknown>;

async function written(fields: Fields<Body>): Promise<{ body: string; length: number }> {
  const form = formOf<Body>(fields, new AbortController().signal);
  const boundary = /boundary=(.*)$/.exec(form.headers["content-type"] ?? "")?.[1] ?? "";
  assert.match(boundary, /^feedlens-[\da-f-]{36}$/);
  const body = await text(form.bodySerializer());
  const length = Number(form.headers["content-length"]);
  assert.equal(Buffer.byteLength(body), length);
  return { body: body.replaceAll(boundary, "B").replaceAll("\r\n", "\n"), length };
}

test("fields are parts in their order; those that are null or undefined are left out", async () => {
  const { body } = await written({
    media_id: "m",
    caption: null,
    media_url: undefined,
    likes: 0,
    kept: false,
    created_at: new Date("2026-01-02T03:04:05.678Z"),
  });
  const part = (name: string, value: string): string =>
    `--B\nContent-Disposition: form-data; name="${name}"\n\n${value}\n`;
  const parts = [
    part("media_id", "m"),
    part("likes", "0"),
    part("kept", "false"),
    part("created_at", "2026-01-02T03:04:05.678Z"),
  ];
  assert.equal(body, `${parts.join("")}--B--\n`);
});

test("a file's part has its name, with what would end it escaped", async () => {
  const file = await mediumOf(new File(["content"], 'a"b\r\nX-Evil: 1\r\n.jpg'));
  const { body } = await written({ file });
  assert.equal(
    body,
    '--B\nContent-Disposition: form-data; name="file"; filename="a%22b%0D%0AX-Evil: 1%0D%0A.jpg"\n' +
      "Content-Type: application/octet-stream\n\ncontent\n--B--\n",
  );
});

test("lengths are those of UTF-8, and texts stay as they are", async () => {
  const caption = "größe 猫 \u{1F408}\nsecond --B line\t";
  const { body } = await written({ caption });
  assert.ok(body.includes(`\n\n${caption}\n--B--`));
});

test("a form without fields ends at once", async () => {
  assert.equal((await written({})).body, "--B--\n");
});

test("each form has a boundary of its own", () => {
  const { signal } = new AbortController();
  const kinds = [1, 2].map(() => formOf<Body>({}, signal).headers["content-type"]);
  assert.notEqual(kinds[0], kinds[1]);
});
