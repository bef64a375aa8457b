/** GET /healthz: whether to send requests here. */

import { getReady } from "@feedlens/client/api";
import type { FastifyInstance } from "fastify";

import type { Services } from "../services.js";

const ONCE_AND_SOON = { timeoutMs: 2_000, retries: { maxRetries: 0 } };

export function healthRoutes(app: FastifyInstance, { client }: Services): void {
  app.get("/healthz", { logLevel: "warn" }, async () => {
    const { models } = await client.call((attempt) => getReady(attempt), ONCE_AND_SOON);
    return { status: "ok", models };
  });
}
