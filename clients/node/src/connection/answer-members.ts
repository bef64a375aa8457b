/** What answers must hold to be taken for Feedlens's. */

import { UnexpectedAnswerError } from "./errors.js";

/** What a function of the generated client resolves with. */
export interface Answered<T> {
  readonly data: T;
  readonly request: Request;
  readonly response: Response;
}

/** The same answer; UnexpectedAnswerError where its body lacks one of `members`. */
export function checked<T extends object>(
  answer: Answered<T>,
  ...members: readonly string[]
): Answered<T> {
  const held: object = answer.data;
  const missing = members.filter((name) => !(name in held));
  if (missing.length === 0) return answer;
  const { request, response } = answer;
  throw new UnexpectedAnswerError(
    `${request.method} ${new URL(request.url).pathname}: ${response.status} without ` +
      `${missing.join(", ")}, which is no answer of Feedlens's. ` +
      "Does EMBEDDING_SERVER_URL name its orchestrator?",
    { status: response.status },
  );
}
