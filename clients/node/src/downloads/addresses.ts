/** Which network addresses media may be fetched from; the orchestrator judges them alike. */

import { isIPv4, isIPv6 } from "node:net";

import { InvalidInputError } from "../connection/errors.js";

/** All addresses whose first `prefix` bits are those of `bits`. */
export interface Network {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly prefix: number;
}

interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

const LENGTH = { 4: 32, 6: 128 } as const;
const IPV4_BITS = 0xffff_ffffn;
const GROUPS = 8;

// https://www.iana.org/assignments/iana-ipv4-special-registry, multicast, and what is reserved.
const NOT_PUBLIC_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10", // carrier-grade NAT, and Alibaba's metadata
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure's host, which has metadata
  "169.254.0.0/16", // link-local, and the metadata of most clouds
  "172.16.0.0/12",
  "192.0.0.0/24", // protocol assignments, and Oracle's metadata
  "192.0.2.0/24",
  "192.88.99.0/24", // 6to4's relays
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
].map(networkOf);

// Global unicast; all else is loopback, link-local, site-local, multicast, private or reserved.
const UNICAST_IPV6 = networkOf("2000::/3");
const NOT_PUBLIC_IPV6 = [
  "2001::/23", // protocol assignments, with Teredo's tunnels to any IPv4 address
  "2001:db8::/32",
  "2002::/16", // 6to4: tunnels to any IPv4 address
  "3fff::/20",
].map(networkOf);

// IPv6 addresses whose last 32 bits are the IPv4 address meant: mapped ones, and those of
// IPv6-only networks' translators (RFC 6052).
const STANDING_FOR_IPV4 = ["::ffff:0:0/96", "64:ff9b::/96"].map(networkOf);

/**
 * Whether media may be fetched from there: it is public, or in one of the networks. An IPv6 address
 * that stands for an IPv4 one is judged as that one.
 */
export function isFetchable(address: string, privateNetworks: readonly Network[]): boolean {
  const meant = meantBy(addressOf(address));
  return includes(privateNetworks, meant) || isPublic(meant);
}

/** A network of a CIDR such as "10.0.0.0/8"; InvalidInputError where it is none. */
export function networkOf(cidr: string): Network {
  const [start = "", length, ...rest] = cidr.split("/");
  if (!isIPv4(start) && !isIPv6(start)) throw noNetwork(cidr, "it begins with no address");
  const { family, bits } = addressOf(start);
  const prefix = length === undefined ? LENGTH[family] : Number(length);
  if (rest.length > 0 || !/^\d+$/.test(length ?? "0") || prefix > LENGTH[family]) {
    throw noNetwork(cidr, `its prefix is no number up to ${LENGTH[family]}`);
  }
  const network = { family, bits, prefix };
  if (bits !== withoutHost(network, bits)) throw noNetwork(cidr, "it has bits after its prefix");
  return network;
}

function noNetwork(cidr: string, why: string): InvalidInputError {
  return new InvalidInputError(
    `privateNetworks: ${JSON.stringify(cidr)} is no network such as 10.0.0.0/8: ${why}`,
  );
}

function isPublic(address: Address): boolean {
  if (address.family === 4) return !includes(NOT_PUBLIC_IPV4, address);
  return includes([UNICAST_IPV6], address) && !includes(NOT_PUBLIC_IPV6, address);
}

function meantBy(address: Address): Address {
  if (!includes(STANDING_FOR_IPV4, address)) return address;
  return { family: 4, bits: address.bits & IPV4_BITS };
}

function includes(networks: readonly Network[], { family, bits }: Address): boolean {
  return networks.some(
    (network) => network.family === family && network.bits === withoutHost(network, bits),
  );
}

/** The bits with all after the network's prefix as 0. */
function withoutHost({ family, prefix }: Network, bits: bigint): bigint {
  const host = BigInt(LENGTH[family] - prefix);
  return (bits >> host) << host;
}

/** An address as resolvers tell it, which may have a zone. */
function addressOf(text: string): Address {
  if (isIPv4(text)) return { family: 4, bits: joined(text.split(".").map(Number), 8n) };
  const [address = ""] = text.split("%");
  if (!isIPv6(address)) throw new InvalidInputError(`${JSON.stringify(text)} is no address`);
  return { family: 6, bits: joined(groupsOf(address), 16n) };
}

function groupsOf(address: string): number[] {
  // Written alike by URL: an IPv4 tail as groups, and one "::" for the longest run of zeros.
  const [head = "", tail = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail].map((part) => part.split(":").filter(Boolean));
  const known = [...(before ?? []), ...(after ?? [])].map((group) => Number.parseInt(group, 16));
  known.splice(before?.length ?? 0, 0, ...Array<number>(GROUPS - known.length).fill(0));
  return known;
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n);
}
