/** Errors are known as what they are: renamed by a bundler, of other modules, beside callers' own. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";

import * as ours from "../../src/index.js";
import { KIND } from "../../src/connection/error-kinds.js";

type Package = typeof ours;

const CLASSES = Object.entries(ours).filter(([name]) => name.endsWith("Error")) as [
  string,
  typeof ours.FeedlensError,
][];
const FACTS = { status: 404, type: "urn:feedlens:problem:not-found" };

/** The package as one minified file, imported. */
async function minified(t: TestContext): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-minified-"));
  t.after(() => rm(folder, { recursive: true }));
  const outfile = join(folder, "bundle.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("../../src/index.ts", import.meta.url))],
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    outfile,
  });
  return (await import(pathToFileURL(outfile).href)) as Package;
}

test("every error says its kind, by its own name", () => {
  assert.ok(CLASSES.length > 20);
  for (const [name, made] of CLASSES) {
    assert.ok(Object.hasOwn(made, KIND), name);
    assert.equal(made[KIND], name);
  }
});

test("in a minified bundle errors have their names, and are told apart", async (t) => {
  const bundled = await minified(t);
  assert.notEqual(bundled.NotFoundError.name, "NotFoundError"); // or this shows nothing
  const missing = new bundled.NotFoundError("no post", FACTS);
  const unread = await new bundled.VectorEmbeddingService()
    .generateImageEmbedding("no-such-file.jpg")
    .catch((error: unknown) => error);

  assert.equal(missing.name, "NotFoundError");
  assert.equal((unread as Error).name, "InvalidInputError");
  assert.ok(bundled.isPermanent(unread) && ours.isPermanent(unread));
  for (const { NotFoundError, ProblemError, ConflictError, InvalidInputError } of [bundled, ours]) {
    assert.ok(missing instanceof NotFoundError && missing instanceof ProblemError);
    assert.ok(!((missing as unknown) instanceof ConflictError));
    assert.ok(unread instanceof InvalidInputError);
  }
  assert.ok(new ours.NotFoundError("no post", FACTS) instanceof bundled.NotFoundError);
});

test("a caller's own error is what it is, though it is called as ours", () => {
  class NotFoundError extends ours.FeedlensError {}
  class InvalidInputError extends ours.NotFoundError {}
  const own = new NotFoundError("not mine", FACTS);
  const derived = new InvalidInputError("not mine either", FACTS);

  assert.equal(own.name, "NotFoundError");
  assert.ok(own instanceof NotFoundError && own instanceof ours.FeedlensError);
  assert.ok(!((own as unknown) instanceof ours.NotFoundError));
  assert.ok(derived instanceof ours.NotFoundError && derived instanceof InvalidInputError);
  assert.ok(!((derived as unknown) instanceof ours.InvalidInputError));
  assert.equal(ours.isPermanent(derived), false);
  assert.ok(!((new ours.NotFoundError("ours", FACTS) as unknown) instanceof NotFoundError));
  assert.ok(!((new ours.FeedlensError("ours", FACTS) as unknown) instanceof NotFoundError));
});

test("what is no error is none", () => {
  for (const value of [null, undefined, "NotFoundError", 404, {}, new Error("NotFoundError")]) {
    assert.equal(value instanceof ours.FeedlensError, false);
    assert.equal(value instanceof ours.NotFoundError, false);
  }
});
