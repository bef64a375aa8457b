import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { InvalidInputError } from "../../src/connection/errors.js";
import { allowListOf, isAllowed, listFromEnvironment } from "../../src/downloads/allow-list.js";
import { downloadRules } from "../../src/downloads/download-policy.js";

const HOSTS = "FEEDLENS_MEDIA__ALLOWED_HOSTS";
const NETWORKS = "FEEDLENS_MEDIA__PRIVATE_NETWORKS";

afterEach(() => {
  Reflect.deleteProperty(process.env, HOSTS);
  Reflect.deleteProperty(process.env, NETWORKS);
});

test("a name covers itself; a starred one covers what is below it", () => {
  const list = allowListOf(["cdn.example", "*.below.example", "Bücher.example"]);
  assert.deepEqual(list, ["cdn.example", ".below.example", "xn--bcher-kva.example"]);
  for (const host of ["cdn.example", "a.below.example", "b.a.below.example"]) {
    assert.equal(isAllowed(host, list), true, host);
  }
  for (const host of [
    "evil.example",
    "xcdn.example",
    "below.example",
    "xbelow.example",
    "a.cdn.example",
    "cdn.example.",
    "cdn.example.evil.example",
    "",
  ]) {
    assert.equal(isAllowed(host, list), false, host);
  }
});

test("names are compared as URLs write them", () => {
  const list = allowListOf(["CDN.example", "0x7f.1"]);
  assert.equal(isAllowed(new URL("http://cdn.EXAMPLE/").hostname, list), true);
  assert.equal(isAllowed(new URL("http://127.0.0.1/").hostname, list), true);
});

for (const host of [
  "",
  "*",
  "*.",
  "*.*.example",
  "a*.example",
  "https://cdn.example",
  "cdn.example:8080",
  "cdn.example/x",
  "ann@cdn.example",
  "[::1]",
  "::1",
  "a b.example",
  "xn--a",
]) {
  test(`${JSON.stringify(host)} is no host name`, () => {
    assert.throws(
      () => allowListOf([host]),
      (error) =>
        error instanceof InvalidInputError &&
        error.message.startsWith(`allowedHosts: ${JSON.stringify(host)} is no host name`),
    );
  });
}

test("the environment's lists are parted at commas, or JSON, as the orchestrator has them", () => {
  process.env[HOSTS] = "cdn.example, *.media.example,";
  assert.deepEqual(listFromEnvironment(HOSTS), ["cdn.example", "*.media.example"]);
  process.env[HOSTS] = '["cdn.example"]';
  assert.deepEqual(listFromEnvironment(HOSTS), ["cdn.example"]);
  process.env[HOSTS] = " ";
  assert.deepEqual(listFromEnvironment(HOSTS), []);
  for (const text of ["[", "[1]"]) {
    process.env[HOSTS] = text;
    assert.throws(() => listFromEnvironment(HOSTS), InvalidInputError);
  }
});

test("a policy's rules are the environment's lists and the orchestrator's bounds", () => {
  process.env[HOSTS] = "*.media.example";
  process.env[NETWORKS] = "10.0.0.0/8";
  const { lookup, ...rules } = downloadRules();
  assert.equal(typeof lookup, "function");
  assert.deepEqual(rules, {
    allowedHosts: [".media.example"],
    privateNetworks: [{ family: 4, bits: 0x0a00_0000n, prefix: 8 }],
    maxBytes: 500_000_000,
    timeoutMs: 60_000,
    idleTimeoutMs: 15_000,
    maxRedirects: 5,
  });
  const own = downloadRules({ allowedHosts: [], privateNetworks: [], maxRedirects: 0 });
  assert.deepEqual([own.allowedHosts, own.privateNetworks, own.maxRedirects], [[], [], 0]);
});

for (const policy of [
  { maxBytes: 0 },
  { maxBytes: Number.NaN },
  { timeoutMs: -1 },
  { timeoutMs: Number.POSITIVE_INFINITY },
  { timeoutMs: 2 ** 31 },
  { idleTimeoutMs: 0 },
  { maxRedirects: -1 },
  { privateNetworks: ["10.0.0.1/8"] },
  { allowedHosts: ["http://cdn.example"] },
]) {
  const [name = "", value] = Object.entries(policy)[0] ?? [];
  test(`a policy with ${name} ${String(value)} is refused by name`, () => {
    assert.throws(
      () => downloadRules(policy),
      (error) => error instanceof InvalidInputError && error.message.includes(name),
    );
  });
}
