/** Numbers that callers give, checked before JSON turns NaN and Infinity into null. */

import { InvalidInputError } from "../connection/errors.js";

/** The number; null and undefined stay what they are. InvalidInputError names what can't be sent. */
export function finite(name: string, given: unknown): number | null | undefined {
  if (given === null || given === undefined) return given;
  if (typeof given === "number" && Number.isFinite(given)) return given;
  throw new InvalidInputError(
    `${name} must be a finite number, not ${typeof given === "number" ? given : typeof given}`,
  );
}

/** The numbers by their names, such as weights; null and undefined are none. */
export function finiteEach(name: string, given: unknown): Record<string, number> | undefined {
  if (given === null || given === undefined) return undefined;
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new InvalidInputError(`${name} must be an object of numbers`);
  }
  for (const [part, value] of Object.entries(given)) {
    if (value === null) throw new InvalidInputError(`${name}.${part} must be a finite number`);
    finite(`${name}.${part}`, value);
  }
  return { ...(given as Record<string, number>) };
}
