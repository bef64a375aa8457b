import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidInputError } from "../../src/connection/errors.js";
import { isFetchable, networkOf } from "../../src/downloads/addresses.js";

for (const address of [
  "93.184.216.34",
  "192.0.1.1",
  "223.255.255.255",
  "2606:2800:220:1::1",
  "2001:200::1",
  "::ffff:93.184.216.34",
  "::ffff:5db8:d822",
  "64:ff9b::5db8:d822",
  "64:ff9b::93.184.216.34",
]) {
  test(`${address} is public`, () => {
    assert.equal(isFetchable(address, []), true);
  });
}

for (const address of [
  "0.0.0.0",
  "0.1.2.3",
  "10.1.2.3",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.8.8.8",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.19.255.255",
  "203.0.113.9",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:169.254.169.254",
  "::ffff:192.88.99.1",
  "::ffff:0:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::10.0.0.1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "4000::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
]) {
  test(`${address} is not`, () => {
    assert.equal(isFetchable(address, []), false);
  });
}

test("a named network may be fetched from, and no other", () => {
  const networks = ["10.0.0.0/8", "fd12::/16", "127.0.0.1"].map(networkOf);
  for (const address of [
    "10.1.2.3",
    "::ffff:10.1.2.3",
    "64:ff9b::a01:203",
    "fd12::7",
    "127.0.0.1",
  ]) {
    assert.equal(isFetchable(address, networks), true, address);
  }
  for (const address of ["172.16.0.1", "127.0.0.2", "fd13::7", "::a00:1", "::1"]) {
    assert.equal(isFetchable(address, networks), false, address);
  }
});

test("a network of all addresses holds those of its own family alone", () => {
  assert.equal(isFetchable("10.1.2.3", [networkOf("0.0.0.0/0")]), true);
  assert.equal(isFetchable("fd12::7", [networkOf("0.0.0.0/0")]), false);
  assert.equal(isFetchable("10.1.2.3", [networkOf("::/0")]), false);
  assert.equal(isFetchable("fe80::1%eth0", [networkOf("::/0")]), true);
});

test("a network's bits are those of its prefix", () => {
  assert.deepEqual(networkOf("10.0.0.0/8"), { family: 4, bits: 0x0a00_0000n, prefix: 8 });
  assert.deepEqual(networkOf("192.168.1.7"), { family: 4, bits: 0xc0a8_0107n, prefix: 32 });
  assert.deepEqual(networkOf("fd00:0:1::/48"), {
    family: 6,
    bits: 0xfd00_0000_0001n << 80n,
    prefix: 48,
  });
});

for (const [cidr, why] of [
  ["", "begins with no address"],
  ["ten", "begins with no address"],
  ["10.0.0.0/33", "prefix is no number up to 32"],
  ["10.0.0.0/", "prefix is no number up to 32"],
  ["10.0.0.0/8/8", "prefix is no number up to 32"],
  ["10.0.0.0/-1", "prefix is no number up to 32"],
  ["10.0.0.0/0x8", "prefix is no number up to 32"],
  ["fd00::/129", "prefix is no number up to 128"],
  ["10.0.0.1/8", "has bits after its prefix"],
  ["fd00::1/64", "has bits after its prefix"],
] as const) {
  test(`${JSON.stringify(cidr)} is no network`, () => {
    assert.throws(
      () => networkOf(cidr),
      (error) => error instanceof InvalidInputError && error.message.includes(why),
    );
  });
}
