/**
 * What kind of error a value is, between the package's ES modules and its CommonJS ones, which have
 * classes of their own, and in bundles, which rename classes.
 */

/** Under this a class says its kind. One that does not, such as a caller's own, is known by itself. */
export const KIND = Symbol.for("feedlens.error.kind");

/** Under this an error has the kinds of its class and of those that it extends. */
const KINDS = Symbol.for("feedlens.error.kinds");

/** A class of errors. */
export interface ErrorClass {
  readonly name: string;
  readonly [KIND]?: string;
}

/** What errors of the class are called: the kind that it says itself, or else the class's name. */
export function nameOf(made: ErrorClass): string {
  return ownKind(made) ?? made.name;
}

/** Writes the kinds of its class on an error. */
export function brand(error: Error, made: ErrorClass): void {
  const kinds: string[] = [];
  for (let next: unknown = made; typeof next === "function"; next = Object.getPrototypeOf(next)) {
    const kind = ownKind(next);
    if (kind !== undefined) kinds.push(kind);
  }
  Object.defineProperty(error, KINDS, { value: kinds });
}

/** Whether a value is an error of the class, by whichever copy of this package. */
export function isOfKind(value: unknown, asked: ErrorClass): boolean {
  if (typeof value !== "object" || value === null) return false;
  const kind = ownKind(asked);
  if (kind === undefined) return Function.prototype[Symbol.hasInstance].call(asked, value);
  return (value as { [KINDS]?: readonly string[] })[KINDS]?.includes(kind) ?? false;
}

function ownKind(made: ErrorClass): string | undefined {
  return Object.hasOwn(made, KIND) ? made[KIND] : undefined;
}
