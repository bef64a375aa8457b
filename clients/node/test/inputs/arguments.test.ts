import assert from "node:assert/strict";
import { test } from "node:test";

import {
  idOf,
  momentOf,
  noneMisspelt,
  onlyKnown,
  pathId,
  textOf,
} from "../../src/inputs/arguments.js";
import { InvalidInputError } from "../../src/index.js";

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof InvalidInputError && message.test(error.message);

test("an id of any characters stands in a path as it is", () => {
  for (const id of ["a", "a/b", "50 %", "…", "...", "%2e", "😀", "{media_id}", "$&"]) {
    assert.equal(pathId("mediaId", id), id);
  }
});

test("an id that a path can't hold is refused by its name", () => {
  for (const id of ["", ".", "..", "\ud83d", undefined, null, 7, {}]) {
    assert.throws(() => pathId("mediaId", id), refused(/^mediaId /));
  }
});

test("moments are told in ISO 8601, with what is left out staying out", () => {
  assert.equal(momentOf("created_at", new Date(0)), "1970-01-01T00:00:00.000Z");
  assert.equal(momentOf("created_at", "2026-01-02T03:04:05+01:00"), "2026-01-02T03:04:05+01:00");
  assert.equal(momentOf("created_at", null), undefined);
  assert.equal(momentOf("created_at", undefined), undefined);
  for (const moment of [new Date(Number.NaN), 0, {}]) {
    assert.throws(() => momentOf("created_at", moment), refused(/^created_at must be a Date/));
  }
});

test("texts are strings of whole characters, with what is left out staying out", () => {
  assert.equal(textOf("caption", "👩‍🚀 \0"), "👩‍🚀 \0");
  assert.equal(textOf("caption", ""), "");
  assert.equal(textOf("caption", null), undefined);
  assert.throws(() => textOf("caption", { text: "a cat" }), refused(/^caption must be a string$/));
  assert.throws(() => textOf("caption", 7), refused(/^caption must be a string$/));
  const cut = "a cat 😀".slice(0, -1);
  assert.throws(() => textOf("caption", cut), refused(/^caption holds half a surrogate pair/));
});

test("unknown fields are refused, with the name that was meant where it is plain", () => {
  const known = { author_id: true, media_url: true } as const;
  onlyKnown("a post", { author_id: 1, mistyped: undefined }, known);
  assert.throws(
    () => {
      onlyKnown("a post", { authorId: 1, mediaURL: 2, colour: 3, toString: 4 }, known);
    },
    refused(
      /^a post has no field authorId \(do you mean author_id\?\), mediaURL \(do you mean media_url\?\), colour, toString$/,
    ),
  );
  for (const nothing of [null, undefined, "a", 7, [1]]) {
    assert.throws(
      () => {
        onlyKnown("a post", nothing, known);
      },
      refused(/^a post must be an object$/),
    );
  }
});

test("an id anywhere else may be a dot, and is no half of a character", () => {
  for (const id of ["a", ".", "..", "😀"]) assert.equal(idOf("media_id", id), id);
  for (const id of ["", "\ud83d", undefined, null, 7]) {
    assert.throws(() => idOf("media_id", id), refused(/^media_id /));
  }
});

test("an option is found by its letters", () => {
  const known = { timeoutMs: true } as const;
  for (const name of ["timeoutMS", "timeout_ms", "timeoutms"]) {
    assert.throws(
      () => {
        onlyKnown("the options", { [name]: 5 }, known);
      },
      refused(/\(do you mean timeoutMs\?\)$/),
    );
  }
});

test("where more fields may stand, what is misspelt is refused all the same", () => {
  const known = { media_id: true } as const;
  noneMisspelt("a post", { media_id: "m", score: 1 }, known);
  assert.throws(
    () => {
      noneMisspelt("a post", { mediaId: "m", score: 1 }, known);
    },
    refused(/^a post has no field mediaId \(do you mean media_id\?\)$/),
  );
});
