/** Which hosts media are fetched from: the orchestrator's FEEDLENS_MEDIA__ALLOWED_HOSTS. */

import { domainToASCII } from "node:url";

import { InvalidInputError } from "../connection/errors.js";

export const ALLOWED_HOSTS = "FEEDLENS_MEDIA__ALLOWED_HOSTS";
export const PRIVATE_NETWORKS = "FEEDLENS_MEDIA__PRIVATE_NETWORKS";

/** Names as URLs have them; one that begins with "." covers all below it, and not itself. */
export type AllowList = readonly string[];

/** Hosts such as "cdn.example.com" or "*.media.example"; InvalidInputError names one that is none. */
export function allowListOf(hosts: readonly string[]): AllowList {
  return hosts.map((host) => {
    const below = host.startsWith("*.");
    const name = below ? host.slice(2) : host;
    const ascii = /[/:*@[\]\s?#\\%]/.test(name) ? "" : domainToASCII(name);
    if (ascii === "") {
      throw new InvalidInputError(
        `allowedHosts: ${JSON.stringify(host)} is no host name; leave out scheme and port`,
      );
    }
    return below ? `.${ascii}` : ascii;
  });
}

/** Whether media are fetched from a host; `hostname` is a URL's. */
export function isAllowed(hostname: string, list: AllowList): boolean {
  return list.some((entry) =>
    entry.startsWith(".") ? hostname.endsWith(entry) : hostname === entry,
  );
}

/** A list of the environment, as the orchestrator reads it: parted at commas, or a list of JSON. */
export function listFromEnvironment(name: string): readonly string[] {
  const text = process.env[name]?.trim() ?? "";
  if (!text.startsWith("["))
    return text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
  try {
    const parts = JSON.parse(text) as unknown[];
    if (parts.every((part) => typeof part === "string")) return parts;
  } catch {
    // told below
  }
  throw new InvalidInputError(`${name} is neither a list of JSON nor names parted by commas`);
}
