/** A viewer's feed, page by page. */

import { idOf } from "./arguments.js";
import type { CallOptions, FeedlensClient } from "./connection/feedlens-client.js";
import { type FeedAnswer, type FeedRequest, postFeed } from "./generated/index.js";
import { finite, finiteEach } from "./numbers.js";

/** A page of ranked posts; its `cursor` asks for the next one, null at the end. */
export type FeedPage = FeedAnswer;

/** How a session of a feed begins; its next pages stay with it. */
export interface FeedOptions extends CallOptions {
  /** Posts a page, 1 to 100; 20 if left out. */
  readonly limit?: number | undefined;
  /** Replaces the named signals' weights, such as `{ recency: 0.5 }`. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** Adds `explanation` to every post: sources, matched interests, what diversity did. */
  readonly explain?: boolean | undefined;
  /** The ranker, in place of the one that the service chooses. */
  readonly variant?: string | undefined;
  /** Counts as served to nobody, and has one page. */
  readonly preview?: boolean | undefined;
}

/** What one page is asked with. */
export interface FeedPageOptions extends FeedOptions {
  /** Of the page before; a new session begins, if left out or null. */
  readonly cursor?: string | null | undefined;
}

/** Asks for one page; see `FeedRankingService.feedPage`. */
export async function feedPage(
  client: FeedlensClient,
  userId: string,
  options: FeedPageOptions,
): Promise<FeedPage> {
  const body = requestOf(userId, options);
  const query = options.explain === undefined ? {} : { explain: options.explain };
  return client.call((attempt) => postFeed({ ...attempt, body, query }), options);
}

/** Asks for pages as they are taken; see `FeedRankingService.feed`. */
export async function* feedPages(
  client: FeedlensClient,
  userId: string,
  options: FeedPageOptions,
): AsyncGenerator<FeedPage, void, undefined> {
  const { signal, timeoutMs, retries, explain } = options;
  let page = await feedPage(client, userId, options);
  yield page;
  while (page.cursor !== null) {
    const next = { cursor: page.cursor, signal, timeoutMs, retries, explain };
    page = await feedPage(client, userId, next);
    yield page;
  }
}

function requestOf(userId: unknown, options: FeedPageOptions): FeedRequest {
  const { limit, cursor, weights, preview, variant } = options;
  return {
    user_id: idOf("userId", userId),
    limit: finite("limit", limit),
    cursor,
    weights: finiteEach("weights", weights),
    preview,
    variant,
  };
}
