/** DEBUG=feedlens: one line a request on stderr, without what users wrote. */

/** Takes a line; nothing is said where it is undefined. */
export type Log = (line: string) => void;

/** Says lines on stderr if DEBUG names feedlens, as the `debug` package reads it. */
export function logFromEnvironment(): Log | undefined {
  const names = (process.env["DEBUG"] ?? "").split(/[\s,]+/);
  const named = names.some((name) => name === "*" || name === "feedlens" || name === "feedlens*");
  if (!named || names.includes("-feedlens")) return undefined;
  return (line) => process.stderr.write(`feedlens ${line}\n`);
}
