/** From where media are downloaded, how much of one, and for how long. */

import { lookup } from "node:dns/promises";

import { bounded, LONGEST_MS } from "../connection/bounds.js";
import { onlyKnown } from "../inputs/arguments.js";
import { type Network, networkOf } from "./addresses.js";
import {
  ALLOWED_HOSTS,
  type AllowList,
  allowListOf,
  listFromEnvironment,
  PRIVATE_NETWORKS,
} from "./allow-list.js";

/** All addresses of a host's name. */
export type Lookup = (hostname: string) => Promise<readonly { readonly address: string }[]>;

/** Whatever is left out is as the orchestrator has it; with no hosts, all is refused. */
export interface DownloadPolicy {
  /**
   * Hosts as in URLs, such as "cdn.example.com", or "*.media.example" for all below a name;
   * FEEDLENS_MEDIA__ALLOWED_HOSTS, parted by commas, if left out.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * CIDRs whose addresses are connected to although they are not public;
   * FEEDLENS_MEDIA__PRIVATE_NETWORKS if left out.
   */
  readonly privateNetworks?: readonly string[] | undefined;
  /** Of a medium; 500 MB if left out. */
  readonly maxBytes?: number | undefined;
  /** For a whole medium with its redirects; 60 s if left out. */
  readonly timeoutMs?: number | undefined;
  /** Without any byte; 15 s if left out. */
  readonly idleTimeoutMs?: number | undefined;
  /** 5 if left out. */
  readonly maxRedirects?: number | undefined;
  /** In place of the system's resolver; what it tells is checked all the same. */
  readonly lookup?: Lookup | undefined;
}

/** A policy with nothing left out, whose lists are parsed. */
export interface DownloadRules {
  readonly allowedHosts: AllowList;
  readonly privateNetworks: readonly Network[];
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxRedirects: number;
  readonly lookup: Lookup;
}

const OPTIONS = {
  allowedHosts: true,
  privateNetworks: true,
  maxBytes: true,
  timeoutMs: true,
  idleTimeoutMs: true,
  maxRedirects: true,
  lookup: true,
} as const satisfies Record<keyof DownloadPolicy, true>;

const BYTES = { least: 1, most: Infinity };
const REDIRECTS = { least: 0, most: 100, whole: true };
const TIME = { least: 1, most: LONGEST_MS };

/** The rules of a policy; InvalidInputError names the option that can't be meant. */
export function downloadRules(policy: DownloadPolicy = {}): DownloadRules {
  onlyKnown("DownloadPolicy", policy, OPTIONS);
  return {
    allowedHosts: allowListOf(policy.allowedHosts ?? listFromEnvironment(ALLOWED_HOSTS)),
    privateNetworks: (policy.privateNetworks ?? listFromEnvironment(PRIVATE_NETWORKS)).map(
      networkOf,
    ),
    maxBytes: bounded("downloads.maxBytes", policy.maxBytes ?? 500_000_000, BYTES),
    timeoutMs: bounded("downloads.timeoutMs", policy.timeoutMs ?? 60_000, TIME),
    idleTimeoutMs: bounded("downloads.idleTimeoutMs", policy.idleTimeoutMs ?? 15_000, TIME),
    maxRedirects: bounded("downloads.maxRedirects", policy.maxRedirects ?? 5, REDIRECTS),
    lookup: policy.lookup ?? ((hostname) => lookup(hostname, { all: true })),
  };
}
