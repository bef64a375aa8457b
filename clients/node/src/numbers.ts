/** Numbers that callers give, checked before JSON turns NaN and Infinity into null. */

import { InvalidInputError } from "./connection/errors.js";

/** The number; null and undefined stay what they are. InvalidInputError names what can't be sent. */
export function finite(name: string, given: unknown): number | null | undefined {
  if (given === null || given === undefined) return given;
  if (typeof given === "number" && Number.isFinite(given)) return given;
  throw new InvalidInputError(
    `${name} must be a finite number, not ${typeof given === "number" ? given : typeof given}`,
  );
}
