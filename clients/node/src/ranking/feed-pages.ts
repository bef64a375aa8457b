/** A viewer's feed, page by page. */

import { checked } from "../connection/answer-members.js";
import {
  CALL_OPTIONS,
  type CallOptions,
  callOptionsOf,
  type FeedlensClient,
} from "../connection/feedlens-client.js";
import { type FeedAnswer, type FeedRequest, postFeed } from "../generated/index.js";
import { idOf } from "../inputs/arguments.js";
import { finite, finiteEach } from "../inputs/numbers.js";

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
  /**
   * Of the page before; a new session begins, if left out or null. With a cursor `weights`,
   * `variant` and `preview` are passed over: a session stays as it began.
   */
  readonly cursor?: string | null | undefined;
}

/** Names of all options of a page. */
export const FEED_PAGE_OPTIONS = {
  ...CALL_OPTIONS,
  limit: true,
  weights: true,
  explain: true,
  variant: true,
  preview: true,
  cursor: true,
} as const satisfies Record<keyof FeedPageOptions, true>;

/** Asks for one page; see `FeedRankingService.feedPage`. */
export async function feedPage(
  client: FeedlensClient,
  userId: string,
  options: FeedPageOptions,
): Promise<FeedPage> {
  const body = requestOf(userId, options);
  const query = options.explain === undefined ? {} : { explain: options.explain };
  return client.call(
    async (attempt) => checked(await postFeed({ ...attempt, body, query }), "items", "cursor"),
    callOptionsOf(options),
  );
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
  const { cursor, preview, variant } = options;
  const user_id = idOf("userId", userId);
  const limit = finite("limit", options.limit);
  const weights = finiteEach("weights", options.weights);
  const goesOn = cursor !== undefined && cursor !== null;
  return goesOn
    ? { user_id, limit, cursor }
    : { user_id, limit, cursor, weights, preview, variant };
}
