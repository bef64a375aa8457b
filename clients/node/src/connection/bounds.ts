/** Numbers that options may have. */

import { InvalidInputError } from "./errors.js";

/** The longest that one of Node's timers waits: 24.8 days. A longer one would fire at once. */
export const LONGEST_MS = 2 ** 31 - 1;

export interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** The value; InvalidInputError that names the option if it is no number within the bounds. */
export function bounded(option: string, value: unknown, { least, most, whole }: Bounds): number {
  const fits = typeof value === "number" && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value) || value === Infinity)) return value;
  const kind = whole ? "a whole number" : "a number";
  const given = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new InvalidInputError(
    `the option ${option} is ${given}; it is ${kind} from ${least.toLocaleString("en")} to ` +
      most.toLocaleString("en"),
  );
}
