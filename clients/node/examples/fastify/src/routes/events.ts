/** POST /posts/:id/events: what a viewer did with a post. */

import { randomUUID } from "node:crypto";

import type { EventKind } from "@feedlens/client";
import type { FastifyInstance } from "fastify";

import type { Services } from "../services.js";
import { body, name } from "./schemas.js";

interface EventRoute {
  Params: { id: string };
  Body: { user_id: string; kind: EventKind; value?: number; event_id?: string };
}

const EVENT = body({ user_id: name, kind: name, value: { type: "number" }, event_id: name }, [
  "user_id",
  "kind",
]);

export function eventRoutes(app: FastifyInstance, { ranking }: Services): void {
  app.post<EventRoute>("/posts/:id/events", { schema: EVENT }, async (request, reply) => {
    const event = { event_id: randomUUID(), ...request.body, media_id: request.params.id };
    // Those of other requests travel with it; answered once it is written.
    await ranking.recordEvents([event]);
    return reply.code(201).send({ event_id: event.event_id });
  });
}
