/** What callers give, checked before anything is sent; InvalidInputError names what can't be used. */

import { InvalidInputError } from "../connection/errors.js";

export { noneMisspelt, onlyKnown } from "../connection/known-names.js";

/** Names of fields that any member of a union has. */
export type AnyKeyOf<T> = T extends unknown ? keyof T : never;

/** An id, such as of a post or a viewer. */
export function idOf(name: string, id: unknown): string {
  if (typeof id !== "string" || id === "") {
    throw new InvalidInputError(`${name} must be a string that is not empty`);
  }
  checkCharacters(name, id);
  return id;
}

/** An id that stands in a URL's path. */
export function pathId(name: string, id: unknown): string {
  if (id === "." || id === "..") {
    throw new InvalidInputError(`${name} can't be "${id}": addresses leave out such a part`);
  }
  return idOf(name, id);
}

/** A text for a form, which would take anything; what is null or undefined stays out. */
export function textOf(name: string, text: unknown): string | undefined {
  if (text === null || text === undefined) return undefined;
  if (typeof text !== "string") throw new InvalidInputError(`${name} must be a string`);
  checkCharacters(name, text);
  return text;
}

/** A date and time as ISO 8601; what is null or undefined stays out. */
export function momentOf(name: string, moment: unknown): string | undefined {
  if (moment === null || moment === undefined) return undefined;
  if (typeof moment === "string") return moment;
  if (moment instanceof Date && !Number.isNaN(moment.getTime())) return moment.toISOString();
  throw new InvalidInputError(`${name} must be a Date that is valid, or text as ISO 8601 has it`);
}

/** UTF-8 has nothing for half a pair: a form would send another character in its place. */
function checkCharacters(name: string, text: string): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new InvalidInputError(`${name} holds half a surrogate pair, which is no character`);
  }
}
