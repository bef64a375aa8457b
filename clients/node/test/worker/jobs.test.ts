import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidInputError, type MediaJob } from "../../src/index.js";
import { taskOf } from "../../src/worker/jobs.js";

const NOW = new Date("2026-11-23T12:00:00.000Z");
const JOB: MediaJob = { media_id: "m", author_id: "a" };

test("a job's date is the moment at which it was taken, if it brings none", () => {
  const task = taskOf({ ...JOB, caption: "hello" }, () => NOW);
  assert.equal(task.post.created_at, "2026-11-23T12:00:00.000Z");
  assert.equal(task.job.created_at, "2026-11-23T12:00:00.000Z");
});

test("a job's own date is kept, also of one that went through JSON", () => {
  const given = { ...JOB, caption: "hello", created_at: new Date("2020-01-02T03:04:05Z") };
  assert.equal(taskOf(given).post.created_at, "2020-01-02T03:04:05.000Z");
  const sent = JSON.parse(JSON.stringify(given)) as MediaJob;
  assert.equal(taskOf(sent).post.created_at, "2020-01-02T03:04:05.000Z");
});

test("a Buffer that went through JSON is read as its bytes", () => {
  const sent = JSON.parse(JSON.stringify({ ...JOB, file: Buffer.from([1, 2, 3]) })) as MediaJob;
  assert.deepEqual(taskOf(sent).file, Buffer.from([1, 2, 3]));
});

test("what is downloaded has its address as media_url, unless the job names another", () => {
  const url = "https://cdn.example.com/1.jpg";
  const { post, url: from, file } = taskOf({ ...JOB, url });
  assert.equal(post.media_url, url);
  assert.equal(from, url);
  assert.equal(file, null);
  assert.equal(
    taskOf({ ...JOB, url, media_url: "https://else.example/" }).post.media_url,
    "https://else.example/",
  );
});

test("neither file nor url reach the post's fields", () => {
  const { post } = taskOf({ ...JOB, file: "/a.jpg", likes: 3 }, () => NOW);
  assert.deepEqual(post, {
    media_id: "m",
    author_id: "a",
    likes: 3,
    created_at: "2026-11-23T12:00:00.000Z",
    media_url: undefined,
  });
});

const REFUSED: readonly [string, unknown, RegExp][] = [
  ["null", null, /must be an object/],
  ["a list", [JOB], /must be an object/],
  ["camelCase", { ...JOB, caption: "x", authorId: "a" }, /authorId \(do you mean author_id\?\)/],
  ["an unknown field", { ...JOB, caption: "x", priority: 1 }, /no field priority/],
  ["no media_id", { author_id: "a", caption: "x" }, /media_id/],
  ["a number as author_id", { media_id: "m", author_id: 7, caption: "x" }, /author_id/],
  ["both a file and a url", { ...JOB, file: "/a", url: "https://b/" }, /not both/],
  ["an empty path", { ...JOB, file: "", caption: "x" }, /empty path/],
  ["nothing to publish", { ...JOB, caption: "" }, /needs a file, a url, a caption/],
  ["a url that is none of text", { ...JOB, url: 1 }, /url/],
  ["a date that is none", { ...JOB, caption: "x", created_at: new Date(NaN) }, /created_at/],
];

for (const [name, job, message] of REFUSED) {
  test(`a job that is refused: ${name}`, () => {
    assert.throws(
      () => taskOf(job as MediaJob),
      (error) => error instanceof InvalidInputError && message.test(error.message),
    );
  });
}
