import assert from "node:assert/strict";
import { test } from "node:test";

import {
  FeedlensClient,
  InvalidInputError,
  MediaWorker,
  type MediaWorkerOptions,
} from "../../src/index.js";

const OPTIONS: readonly [string, MediaWorkerOptions, RegExp][] = [
  ["concurrency", { concurrency: 0 }, /concurrency/],
  ["concurrency", { concurrency: 1.5 }, /concurrency/],
  ["concurency", { concurency: 9 } as MediaWorkerOptions, /no field concurency/],
  ["maxrepairs", { maxrepairs: 9 } as MediaWorkerOptions, /do you mean maxRepairs/],
  ["maxRepairs", { maxRepairs: Number.NaN }, /maxRepairs/],
  ["retries", { retries: { maxDelayMs: -1 } }, /retries\.maxDelayMs/],
  ["downloads", { downloads: { maxBytes: 0 } }, /maxBytes/],
  ["downloads", { downloads: { hosts: [] } } as MediaWorkerOptions, /no field hosts/],
  ["url", { url: "no address" }, /no address/],
  ["legacy", { legacy: {} } as MediaWorkerOptions, /legacy\.store/],
  ["client", { client: { url: "http://a" } } as unknown as MediaWorkerOptions, /client/],
];

for (const [name, options, message] of OPTIONS) {
  test(`an option that can't be meant is named: ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => new MediaWorker(options),
      (error) => error instanceof InvalidInputError && message.test(error.message),
      name,
    );
  });
}

const OF_A_CLIENT: readonly MediaWorkerOptions[] = [
  { url: "http://127.0.0.1:1" },
  { headers: { authorization: "Bearer mine" } },
  { timeoutMs: 1 },
  { timeoutMsPerMegabyte: 1 },
  { log: () => undefined },
  { fetch },
];

test("options of a client beside one are refused by name, not passed over", () => {
  const client = new FeedlensClient({ url: "http://127.0.0.1:1" });
  for (const options of OF_A_CLIENT) {
    const [name = ""] = Object.keys(options);
    assert.throws(
      () => new MediaWorker({ client, ...options }),
      (error) => error instanceof InvalidInputError && error.message.includes(`option ${name} `),
      name,
    );
  }
});

test("a client in place of options is refused: its headers would be left out", () => {
  const client = new FeedlensClient({ url: "http://127.0.0.1:1", headers: { "x-key": "k" } });
  assert.throws(
    () => new MediaWorker(client),
    (error) => error instanceof InvalidInputError && error.message.includes("{ client }"),
  );
});
