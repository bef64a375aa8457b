/** An answer with all of its body, if it is one that Feedlens gives. */

import { UnexpectedAnswerError } from "./errors.js";
import { problemOf, unexpected } from "./problems.js";

export type AnswerHead = Pick<Response, "status" | "headers">;

/** What came of a request; its body is read once, and whoever stops before its end closes it. */
export interface Answer extends AnswerHead {
  readonly body: AsyncIterable<Uint8Array> | null;
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
const IMAGE_TYPE = /^image\//i;
/** Far beyond any answer: 1,000 posts with all their signals and vectors have about 25 MB. */
const MOST_BYTES = 128_000_000;
const MOST_BYTES_OF_PROBLEM = 1_000_000;
const SUCCESSES: ReadonlySet<number> = new Set([200, 201, 202]);

/** The answer, read to its end, so that a timeout covers that too; rejects if it is no success. */
export async function whole(name: string, request: Request, answer: Answer): Promise<Response> {
  const { status } = answer;
  if (status === 204 && request.method === "DELETE") {
    await beginningOf(answer, request.signal);
    return new Response(null, { status, headers: answer.headers });
  }
  if (!SUCCESSES.has(status)) {
    const body = await beginningOf(answer, request.signal);
    throw status >= 300 ? problemOf(name, answer, body) : unexpected(name, answer, body);
  }
  const expected = new URL(request.url).pathname.endsWith("/thumbnail") ? IMAGE_TYPE : JSON_TYPE;
  if (!expected.test(answer.headers.get("content-type") ?? "")) {
    throw unexpected(name, answer, await beginningOf(answer, request.signal));
  }
  const body = await bytesOf(name, answer);
  if (body.byteLength === 0) throw unexpected(name, answer, "");
  return new Response(body, { status, headers: answer.headers });
}

async function bytesOf(name: string, answer: Answer): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    pieces.push(piece);
    bytes += piece.byteLength;
    if (bytes > MOST_BYTES) {
      const most = MOST_BYTES.toLocaleString("en");
      throw new UnexpectedAnswerError(`${name}: ${answer.status} with over ${most} bytes`, {
        status: answer.status,
      });
    }
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/** What came of a body, up to a bound: the status tells more than how the rest of it was lost. */
async function beginningOf(answer: Answer, signal: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer.body ?? []) {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes > MOST_BYTES_OF_PROBLEM) break;
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return Buffer.concat(pieces).toString("utf8");
}
