/** Personal feeds, lists ranked for a viewer, and the events that both learn from. */

import { checked } from "../connection/answer-members.js";
import { useMultimodalEmbeddings } from "../connection/environment.js";
import {
  CALL_OPTIONS,
  type CallOptions,
  callOptionsOf,
  type ClientOptions,
  FeedlensClient,
} from "../connection/feedlens-client.js";
import type { EventBatchOptions } from "../events/event-batch-options.js";
import { EventBatches, type RecordedEvents, type RecordOptions } from "../events/event-batches.js";
import type { ViewerEvent } from "../events/viewer-events.js";
import {
  getPreferences,
  postRank,
  type PreferencesAnswer,
  putPreferences,
  type RankAnswer,
} from "../generated/index.js";
import { onlyKnown, pathId } from "../inputs/arguments.js";
import {
  FEED_PAGE_OPTIONS,
  feedPage,
  type FeedPage,
  type FeedPageOptions,
  feedPages,
} from "./feed-pages.js";
import {
  type HistoryEvent,
  historyRequest,
  type RankOptions,
  type RankPost,
  rankRequest,
  type RankViewer,
} from "./rank-requests.js";

const CLOSING_MS = 10_000;

/** A viewer's unit vectors, the heaviest first; an unknown viewer has none. */
export type UserPreferences = PreferencesAnswer;

/** Posts in order; `unknown_posts` and `unknown_history` are not in the store. */
export type RankedPosts = RankAnswer;

/** What a service may be given beside its client. */
export interface FeedRankingOptions {
  /** Whether feeds are the new ones; USE_MULTIMODAL_EMBEDDINGS, or true, if left out. */
  readonly useMultimodal?: boolean | undefined;
  /** How `recordEvents()` gathers events. */
  readonly events?: EventBatchOptions | undefined;
}

const OPTIONS = {
  useMultimodal: true,
  events: true,
} as const satisfies Record<keyof FeedRankingOptions, true>;

/** How a viewer's vectors are asked for. */
export interface PreferencesOptions extends CallOptions {
  /** False leaves the numbers out of what is asked without a history. */
  readonly vectors?: boolean | undefined;
}

const PREFERENCES_OPTIONS = {
  ...CALL_OPTIONS,
  vectors: true,
} as const satisfies Record<keyof PreferencesOptions, true>;

/** Personal feeds, lists ranked for a viewer, and the events that both learn from. */
export class FeedRankingService {
  readonly #client: FeedlensClient;
  readonly #useMultimodal: boolean;
  readonly #batches: EventBatches;

  /** @param client which services may share, or the options of one of its own. */
  constructor(client: FeedlensClient | ClientOptions = {}, options: FeedRankingOptions = {}) {
    this.#client = FeedlensClient.of(client);
    onlyKnown("FeedRankingOptions", options, OPTIONS);
    this.#useMultimodal = useMultimodalEmbeddings(options.useMultimodal);
    this.#batches = new EventBatches(this.#client, options.events);
  }

  /**
   * The vectors that the viewer's feed is made with: of the recorded events, or, if `history` is
   * given, of that. A history is kept: feeds are made of it for the next hour, or until an event
   * that says as much as a like. `rankPosts` ranks for a history without keeping it.
   */
  async buildUserPreferenceVectors(
    userId: string,
    history?: readonly HistoryEvent[] | null,
    options: PreferencesOptions = {},
  ): Promise<UserPreferences> {
    onlyKnown("PreferencesOptions", options, PREFERENCES_OPTIONS);
    const path = { user_id: pathId("userId", userId) };
    const call = callOptionsOf(options);
    if (history === null || history === undefined) {
      const query = options.vectors === undefined ? {} : { vectors: options.vectors };
      return this.#client.call((attempt) => getPreferences({ ...attempt, path, query }), call);
    }
    const body = { history: historyRequest(history) };
    return this.#client.call((attempt) => putPreferences({ ...attempt, path, body }), call);
  }

  /**
   * Up to 1,000 posts of yours in the order for a viewer, by the same code as a feed.
   *
   * No posts are answered without a request.
   */
  async rankPosts(
    viewer: RankViewer,
    posts: readonly (string | RankPost)[],
    options: RankOptions = {},
  ): Promise<RankedPosts> {
    const body = rankRequest(viewer, posts, options);
    if (body.posts.length === 0) return { items: [], unknown_posts: [], unknown_history: [] };
    const query = options.explain === undefined ? {} : { explain: options.explain };
    return this.#client.call(
      async (attempt) => checked(await postRank({ ...attempt, body, query }), "items"),
      callOptionsOf(options),
    );
  }

  /**
   * The viewer's feed, a request a page, as pages are taken: `for await (const page of …)`.
   *
   * It ends with the session, or where the loop is left; `cursor` goes on in a session. A session
   * lives for as long as the service keeps it; a page that is asked for later rejects with
   * CursorExpiredError. Arguments that can't be used reject the first page.
   */
  async *feed(
    userId: string,
    options: FeedPageOptions = {},
  ): AsyncGenerator<FeedPage, void, undefined> {
    yield* feedPages(this.#client, userId, this.#ranked(options));
  }

  /** One page, for backends that hand its cursor to whoever scrolls; the first one without any. */
  async feedPage(userId: string, options: FeedPageOptions = {}): Promise<FeedPage> {
    return feedPage(this.#client, userId, this.#ranked(options));
  }

  /**
   * Records what viewers did, together with the events of other calls; resolves when it is written.
   *
   * A call's events are written whole or not at all, up to `maxBatch` of them. It rejects for its
   * own events alone: with NotFoundError whose `members.media_ids` are posts that do not exist, or
   * InvalidRequestError. EventBacklogError: as many events wait as may. `signal` takes out what is
   * not under way.
   *
   * A call that nobody waits for needs a `.catch()`, or the option `events.onLost`: a rejection that
   * nobody hears of ends a Node.js process.
   */
  recordEvents(
    events: readonly ViewerEvent[],
    options: RecordOptions = {},
  ): Promise<RecordedEvents> {
    return this.#batches.record(events, options);
  }

  /** Events that wait or are under way. */
  get pendingEvents(): number {
    return this.#batches.pending;
  }

  /** Sends waiting events at once; resolves when all events given before are written or refused. */
  async flush(): Promise<void> {
    await this.#batches.flush();
  }

  /**
   * Sends waiting events and takes no more: `recordEvents()` rejects with EventsClosedError, and so
   * do events that are not written within `timeoutMs` (10 s if left out).
   */
  async close(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    await this.#batches.close(options.timeoutMs ?? CLOSING_MS);
  }

  /** As `close()`: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #ranked(options: FeedPageOptions): FeedPageOptions {
    onlyKnown("FeedPageOptions", options, FEED_PAGE_OPTIONS);
    const chosen = (options.cursor ?? options.variant) !== undefined;
    return this.#useMultimodal || chosen ? options : { ...options, variant: "legacy" };
  }
}
