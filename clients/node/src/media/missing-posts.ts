/** Posts that are not there, where that is an answer and no failure. */

import { NotFoundError } from "../connection/errors.js";

/** Resolves with `none` where a call rejects with NotFoundError. */
export async function noneIfNotFound<T, None>(call: Promise<T>, none: None): Promise<T | None> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NotFoundError) return none;
    throw error;
  }
}
