/** DEBUG=feedlens: one line a request on stderr, without what users wrote. */

import { FeedlensError, NoAnswerError } from "./errors.js";

/** Takes a line; nothing is said where it is undefined. */
export type Log = (line: string) => void;

/** Says lines on stderr if DEBUG names feedlens, as the `debug` package reads it. */
export function logFromEnvironment(): Log | undefined {
  const names = (process.env["DEBUG"] ?? "").split(/[\s,]+/);
  const named = names.some((name) => name === "*" || name === "feedlens" || name === "feedlens*");
  if (!named || names.includes("-feedlens")) return undefined;
  return (line) => process.stderr.write(`feedlens ${line}\n`);
}

/** A log that never fails what it tells of. */
export function unfailing(log: Log | undefined): Log | undefined {
  if (log === undefined) return undefined;
  return (line) => {
    try {
      log(line);
    } catch {
      // A call is not to fail because nobody could be told of it.
    }
  };
}

/** An error in a line: a problem's detail and a foreign page are left out, as both quote users. */
export function told(error: FeedlensError): string {
  if (error instanceof NoAnswerError) return `${error.name}: ${error.message}`;
  return [error.name, error.status, error.type].filter((part) => part !== undefined).join(" ");
}
