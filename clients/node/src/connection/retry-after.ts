/** Retry-After (RFC 9110, 10.2.3): how long a service asks to be left alone. */

/** `Sun, 06 Nov 1994 08:49:37 GMT`, and the older `Sunday, 06-Nov-94 08:49:37 GMT`. */
const DATE = /^[A-Z][a-z]+, \d.* GMT$/;

/** Seconds from the answer on, 0 or more; undefined where it has none, or none that can be read. */
export function secondsOf(headers: Headers): number | undefined {
  const asked = headers.get("retry-after")?.trim();
  if (asked === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(asked)) return Math.min(Number(asked), Number.MAX_SAFE_INTEGER);
  const atMs = momentOf(asked);
  if (atMs === undefined) return undefined;
  const sentMs = momentOf(headers.get("date") ?? "") ?? Date.now(); // their clock, not ours
  return Math.max(0, (atMs - sentMs) / 1000);
}

function momentOf(date: string): number | undefined {
  const ms = DATE.test(date) ? Date.parse(date) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
