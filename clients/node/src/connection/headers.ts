/** Headers that every request has. */

import { InvalidInputError } from "./errors.js";

/** Those by which a request's end is found, and what belongs to one connection. */
const FRAMING: ReadonlySet<string> = new Set([
  ...["content-length", "expect", "keep-alive", "trailer", "transfer-encoding", "upgrade"],
]);

/** Checked by name: a value may be a secret, and is not to stand in an error. */
export function headersOf(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    try {
      if (typeof value !== "string") throw new TypeError("no string");
      if (FRAMING.has(name.toLowerCase())) throw new TypeError("not the caller's");
      headers.set(name, value);
    } catch {
      throw new InvalidInputError(
        `the option headers has ${JSON.stringify(name)}, whose name or value no request can have`,
      );
    }
  }
  return Object.fromEntries(headers);
}
