/** GET /search?q=: posts by meaning, words inside pictures included. */

import type { FastifyInstance } from "fastify";

import { withCards } from "../cards.js";
import { untilGone } from "../disconnects.js";
import type { Services } from "../services.js";
import { limit, object, text } from "./schemas.js";

interface SearchRoute {
  Querystring: { q: string; limit?: number };
}

const SEARCH = { querystring: object({ q: text, limit }, ["q"]) };

export function searchRoutes(app: FastifyInstance, { media, qdrant }: Services): void {
  app.get<SearchRoute>("/search", { schema: SEARCH }, async (request, reply) => {
    const { q, limit } = request.query;
    const signal = untilGone(reply);
    const found = await qdrant.searchSimilarMediaText({ text: q }, { limit, signal });
    const items = found.map(({ media_id, score }) => ({ media_id, score }));
    return { items: await withCards(items, media, signal) };
  });
}
