/** Whether anybody still waits for an answer. */

import type { FastifyReply } from "fastify";

/** Aborted when the browser goes away before it was answered; what is asked for it may end then. */
export function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
