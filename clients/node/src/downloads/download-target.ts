/** Where an address leads, if media may be fetched from there. */

import { isIPv4 } from "node:net";

import { ConnectionError, InvalidInputError } from "../connection/errors.js";
import { untilAborted } from "../connection/signals.js";
import { isFetchable } from "./addresses.js";
import { ALLOWED_HOSTS, isAllowed } from "./allow-list.js";
import { type DownloadReason, DownloadRefusedError } from "./download-errors.js";
import type { DownloadRules } from "./download-policy.js";

/** An address that was checked, and the network addresses that its name stands for. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly string[];
}

const MOST_QUOTED = 200;

/** Rejects with DownloadRefusedError, or with ConnectionError where the name can't be looked up. */
export async function locate(
  text: string,
  rules: DownloadRules,
  signal: AbortSignal,
): Promise<Target> {
  const url = urlOf(text);
  if (!isAllowed(url.hostname, rules.allowedHosts)) throw notAllowed(url.hostname, rules);
  const addresses = await resolved(url.hostname, rules, signal);
  const refused = addresses.find((address) => !isFetchable(address, rules.privateNetworks));
  if (refused === undefined) return { url, addresses };
  const why = `${refused} of ${url.hostname} is not a public address`;
  throw refusal("private-address", `${named(text)} is not downloaded: ${why}`);
}

/** Where a redirect leads; what is refused there is told as `redirect-refused`. */
export async function redirected(
  from: Target,
  location: string,
  rules: DownloadRules,
  signal: AbortSignal,
): Promise<Target> {
  try {
    const url = new URL(Buffer.from(location, "latin1").toString(), from.url);
    if (from.url.protocol === "https:" && url.protocol === "http:") {
      throw refusal("redirect-refused", "from https to http");
    }
    return await locate(url.href, rules, signal);
  } catch (error) {
    if (!(error instanceof InvalidInputError || error instanceof TypeError)) throw error;
    const message = `${named(from.url.href)} redirects to ${named(location)}: ${error.message}`;
    throw refusal("redirect-refused", message, error);
  }
}

/** An address for messages: without credentials, and without its query, which may hold a key. */
export function named(text: string): string {
  const [address = ""] = text.replace(/\/\/[^/?#]*@/, "//").split(/[?#]/);
  return address.slice(0, MOST_QUOTED);
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw refusal("bad-address", `${named(text)} is no http or https address`);
  }
  if (url.username !== "" || url.password !== "") {
    throw refusal("bad-address", `${named(text)}: the address holds credentials`);
  }
  if (url.port === "0") throw refusal("bad-address", `${named(text)} has no port above 0`);
  return url;
}

async function resolved(
  hostname: string,
  rules: DownloadRules,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Not looked up when it is connected to either, whatever a resolver would say.
  if (isIPv4(hostname)) return [hostname];
  let found: readonly { readonly address: string }[];
  try {
    found = await untilAborted(rules.lookup(hostname), signal); // a lookup can't be ended
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConnectionError(`${hostname} has no address: ${code ?? String(error)}`, {
      code,
      cause: error,
    });
  }
  if (found.length > 0) return [...new Set(found.map(({ address }) => address))];
  throw new ConnectionError(`${hostname} has no address`, { code: "ENOTFOUND" });
}

function notAllowed(hostname: string, rules: DownloadRules): DownloadRefusedError {
  if (rules.allowedHosts.length === 0) {
    const how = `name ${hostname} with ${ALLOWED_HOSTS} or downloads.allowedHosts`;
    return refusal("host-not-allowed", `nothing is downloaded: ${how}`);
  }
  const list = rules.allowedHosts.map((entry) => (entry.startsWith(".") ? `*${entry}` : entry));
  return refusal("host-not-allowed", `${hostname} is none of ${list.join(", ")}`);
}

function refusal(reason: DownloadReason, message: string, cause?: unknown): DownloadRefusedError {
  return new DownloadRefusedError(message, { reason, cause });
}
