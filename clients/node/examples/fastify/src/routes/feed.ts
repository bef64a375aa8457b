/** GET /feed/:user, page by page, and POST /rank. */

import type { FastifyInstance } from "fastify";

import { withCards } from "../cards.js";
import { untilGone } from "../disconnects.js";
import type { Services } from "../services.js";
import { body, limit, name, object } from "./schemas.js";

interface FeedRoute {
  Params: { user: string };
  Querystring: { cursor?: string; limit?: number };
}

interface RankRoute {
  Body: { user_id: string; media_ids: string[] };
}

const FEED = { querystring: object({ cursor: { type: "string" }, limit }) };
const RANK = body({
  user_id: name,
  media_ids: { type: "array", items: name, minItems: 1, maxItems: 50, uniqueItems: true },
});

export function feedRoutes(app: FastifyInstance, { media, ranking }: Services): void {
  app.get<FeedRoute>("/feed/:user", { schema: FEED }, async (request, reply) => {
    const { user } = request.params;
    const signal = untilGone(reply);
    const page = await ranking.feedPage(user, { ...request.query, signal });
    const items = page.items.map(({ media_id, score, reason }) => ({ media_id, score, reason }));
    return { items: await withCards(items, media, signal), cursor: page.cursor };
  });

  app.post<RankRoute>("/rank", { schema: RANK }, async (request, reply) => {
    const { user_id, media_ids } = request.body;
    const signal = untilGone(reply);
    const { items, unknown_posts } = await ranking.rankPosts(user_id, media_ids, { signal });
    const ranked = items.map(({ media_id, score, reason }) => ({ media_id, score, reason }));
    return { items: await withCards(ranked, media, signal), unknown: unknown_posts };
  });
}
