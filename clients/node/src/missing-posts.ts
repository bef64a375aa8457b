/** Posts that are not there, where that is an answer and no failure. */

import { NotFoundError } from "./connection/errors.js";

/** What the service answers where it has no such route: its address has a path that it should not. */
const NO_ROUTE = /: 404 Not Found: Not Found$/;

/** Resolves with `none` where a call rejects with NotFoundError. */
export async function noneIfNotFound<T, None>(call: Promise<T>, none: None): Promise<T | None> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NotFoundError && !NO_ROUTE.test(error.message)) return none;
    throw error;
  }
}
