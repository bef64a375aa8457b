/** Names of fields and options, checked: what is misnamed would be passed over in silence. */

import { InvalidInputError } from "./errors.js";

/** Refuses fields beyond `known`, which would be passed over, or refused by the service. */
export function onlyKnown(
  what: string,
  given: unknown,
  known: Readonly<Record<string, true>>,
): void {
  const unknown = unknownIn(what, given, known).map(([name, meant]) =>
    meant === undefined ? name : `${name} (do you mean ${meant}?)`,
  );
  if (unknown.length > 0) throw new InvalidInputError(`${what} has no field ${unknown.join(", ")}`);
}

/** Refuses fields that are `known` ones but for their spelling; lets others pass, as of answers. */
export function noneMisspelt(
  what: string,
  given: unknown,
  known: Readonly<Record<string, true>>,
): void {
  const misspelt = unknownIn(what, given, known).filter(([, meant]) => meant !== undefined);
  onlyKnown(what, Object.fromEntries(misspelt), known);
}

type Unknown = readonly [name: string, meant: string | undefined];

function unknownIn(what: string, given: unknown, known: Readonly<Record<string, true>>): Unknown[] {
  if (given instanceof AbortSignal) {
    throw new InvalidInputError(`${what} must be an object: give the signal as { signal }`);
  }
  if (typeof given !== "object" || given === null || Array.isArray(given) || given instanceof URL) {
    throw new InvalidInputError(`${what} must be an object`);
  }
  return Object.entries(given)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(known, name))
    .map(([name]) => {
      const meant = Object.keys(known).find((one) => flattened(one) === flattened(name));
      return [name, meant];
    });
}

function flattened(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
