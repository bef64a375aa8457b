/** The backend: its routes, its errors, its end. */

import multipart from "@fastify/multipart";
import Fastify, { type FastifyInstance } from "fastify";

import { answerProblem, RequestError } from "./problems.js";
import { eventRoutes } from "./routes/events.js";
import { feedRoutes } from "./routes/feed.js";
import { healthRoutes } from "./routes/health.js";
import { postRoutes } from "./routes/posts.js";
import { searchRoutes } from "./routes/search.js";
import type { Services } from "./services.js";
import type { Settings } from "./settings.js";

export async function buildApp(services: Services, settings: Settings): Promise<FastifyInstance> {
  const app = Fastify({
    // What people look for stays out of the log.
    logger: {
      serializers: { req: ({ method, routeOptions }) => ({ method, route: routeOptions.url }) },
    },
    connectionTimeout: settings.idleMs,
    routerOptions: { maxParamLength: 4_000 }, // an id of 256 characters, percent-encoded
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
  });
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(({ method, url }) => {
    throw new RequestError(404, `nothing answers ${method} ${url}`);
  });
  lastAnswersEndTheirConnections(app);
  await app.register(multipart, {
    limits: { fileSize: settings.maxUploadBytes, files: 1, fields: 10, fieldSize: 50_000 },
  });
  healthRoutes(app, services);
  postRoutes(app, services);
  eventRoutes(app, services);
  feedRoutes(app, services);
  searchRoutes(app, services);
  return app;
}

/** A connection that was kept alive after its last answer would hold up the end. */
function lastAnswersEndTheirConnections(app: FastifyInstance): void {
  let ending = false;
  app.addHook("preClose", (done) => {
    ending = true;
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (ending) reply.header("connection", "close");
    done();
  });
}
