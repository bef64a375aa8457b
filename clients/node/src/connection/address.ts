/** Where the orchestrator is, and as whom something before it is to be asked. */

import { InvalidInputError } from "./errors.js";

const DEFAULT_URL = "http://127.0.0.1:8000";
const NAMES = "EMBEDDING_SERVER_URL or the option url";

export interface Address {
  /** Without credentials, so that it can be said aloud; its path is a prefix of every request's. */
  readonly url: URL;
  /** The credentials that the address had, which fetch does not take as part of it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The address given, or in EMBEDDING_SERVER_URL, or where `make run` serves. */
export function addressOf(given?: string | URL): Address {
  const text = String(given ?? (process.env["EMBEDDING_SERVER_URL"]?.trim() || DEFAULT_URL)).trim();
  const url = parsed(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidInputError(`${NAMES} must begin with http:// or https://: ${shown(text)}`);
  }
  if (url.search || url.hash) {
    throw new InvalidInputError(`${NAMES} must have no ? and no #: ${shown(text)}`);
  }
  const headers = credentialsOf(url);
  url.username = "";
  url.password = "";
  return { url, headers };
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new InvalidInputError(
      `${NAMES} is no address: ${shown(text)}; it looks like ${DEFAULT_URL}`,
    );
  }
}

function credentialsOf(url: URL): Readonly<Record<string, string>> {
  if (!url.username && !url.password) return {};
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    throw new InvalidInputError(`${NAMES} has a user or password with a % that escapes nothing`);
  }
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** What was given, without what may be a password in it. */
function shown(text: string): string {
  return JSON.stringify(text.replace(/^.*@/s, "…@").replace(/[?#].*$/s, (rest) => `${rest[0]}…`));
}
