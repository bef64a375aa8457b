/** Posts to rank and the viewer to rank them for, as callers give them and as they are sent. */

import { InvalidInputError } from "../connection/errors.js";
import { CALL_OPTIONS, type CallOptions } from "../connection/feedlens-client.js";
import type { EventKind } from "../events/viewer-events.js";
import type {
  HistoryEvent as WireHistoryEvent,
  RankPost as WireRankPost,
  RankRequest,
  VectorsRequest,
} from "../generated/index.js";
import { type AnyKeyOf, idOf, momentOf, noneMisspelt, onlyKnown } from "../inputs/arguments.js";
import { finite, finiteEach } from "../inputs/numbers.js";
import { componentsOf, type VectorInput } from "../inputs/vectors.js";

/** Something that a viewer did, for vectors that are made of a history of your own. */
export interface HistoryEvent {
  /** A stored post; one that is not is told in `unknown_history`. */
  readonly media_id: string;
  /** "like", if left out. */
  readonly kind?: EventKind | undefined;
  /** In the kind's own unit, such as seconds of a dwell. */
  readonly value?: number | null | undefined;
  /** A Date, or text with its offset from UTC (ISO 8601); now, if left out. */
  readonly at?: Date | string | null | undefined;
}

/** A viewer's vectors, of any norm but 0; a side that is left out is unknown. */
export interface ViewerVectors {
  /** As many numbers as `dimensions.visual` of ensureMultimodalCollection. */
  readonly visual?: VectorInput | null | undefined;
  /** As many numbers as `dimensions.text` of ensureMultimodalCollection. */
  readonly text?: VectorInput | null | undefined;
}

/**
 * For whom posts are ranked: a user's id alone, or one of the three. Other fields are passed over,
 * so that what `buildUserPreferenceVectors` resolved with is one: the user of that id.
 */
export type RankViewer =
  | string
  | { readonly user_id: string }
  | { readonly history: readonly HistoryEvent[] }
  | { readonly vectors: ViewerVectors };

/**
 * A stored post; counters and date, where given, stand in for the stored ones. Other fields are
 * passed over, so that posts which a search found can be ranked.
 */
export interface RankPost {
  /** A stored post; one that is not is told in `unknown_posts`. */
  readonly media_id: string;
  /** In place of the stored count. */
  readonly likes?: number | null | undefined;
  /** In place of the stored count. */
  readonly comments?: number | null | undefined;
  /** In place of the stored date; a Date, or text with its offset from UTC (ISO 8601). */
  readonly created_at?: Date | string | null | undefined;
}

/** How posts are ranked for a viewer. */
export interface RankOptions extends CallOptions {
  /** Replaces the named signals' weights, such as `{ recency: 0.5 }`. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** At most this many posts in the answer; all, if left out. */
  readonly limit?: number | undefined;
  /** Adds `explanation` to every post. */
  readonly explain?: boolean | undefined;
}

interface GivenViewer {
  readonly user_id?: string;
  readonly history?: readonly HistoryEvent[];
  readonly vectors?: ViewerVectors;
}

const HISTORY_FIELDS = {
  media_id: true,
  kind: true,
  value: true,
  at: true,
} as const satisfies Record<keyof HistoryEvent, true>;

const POST_FIELDS = {
  media_id: true,
  likes: true,
  comments: true,
  created_at: true,
} as const satisfies Record<keyof RankPost, true>;

const VIEWER_FIELDS = {
  user_id: true,
  history: true,
  vectors: true,
} as const satisfies Record<AnyKeyOf<Exclude<RankViewer, string>>, true>;

const OPTIONS = {
  ...CALL_OPTIONS,
  weights: true,
  limit: true,
  explain: true,
} as const satisfies Record<keyof RankOptions, true>;

const VECTORS_FIELDS = {
  visual: true,
  text: true,
} as const satisfies Record<keyof ViewerVectors, true>;

/** The request; InvalidInputError names what can't be sent. */
export function rankRequest(
  viewer: RankViewer,
  posts: readonly (string | RankPost)[],
  options: RankOptions,
): RankRequest {
  onlyKnown("RankOptions", options, OPTIONS);
  return {
    ...viewerOf(viewer),
    posts: listOf("posts", posts).map((post, number) => postOf(`posts[${number}]`, post)),
    weights: finiteEach("weights", options.weights),
    limit: finite("limit", options.limit),
  };
}

/** A history as it is sent; InvalidInputError names what can't be sent. */
export function historyRequest(history: readonly HistoryEvent[]): WireHistoryEvent[] {
  return listOf("history", history).map((event, number) => {
    const name = `history[${number}]`;
    onlyKnown(name, event, HISTORY_FIELDS);
    const media_id = idOf(`${name}.media_id`, event.media_id);
    const value = finite(`${name}.value`, event.value);
    return { ...event, media_id, value, at: momentOf(`${name}.at`, event.at) };
  });
}

function viewerOf(viewer: RankViewer): Pick<RankRequest, "user_id" | "history" | "vectors"> {
  if (typeof viewer === "string") return { user_id: idOf("viewer", viewer) };
  noneMisspelt("viewer", viewer, VIEWER_FIELDS);
  const { user_id, history, vectors }: GivenViewer = viewer;
  if ([user_id, history, vectors].filter((given) => given !== undefined).length !== 1) {
    throw new InvalidInputError("viewer: give a user's id, or one of user_id, history and vectors");
  }
  if (history !== undefined) return { history: historyRequest(history) };
  if (vectors !== undefined) return { vectors: vectorsOf(vectors) };
  return { user_id: idOf("viewer.user_id", user_id) };
}

function vectorsOf(vectors: ViewerVectors): VectorsRequest {
  onlyKnown("viewer.vectors", vectors, VECTORS_FIELDS);
  const { visual, text } = vectors;
  return {
    visual: visual && componentsOf("viewer.vectors.visual", visual, "visual"),
    text: text && componentsOf("viewer.vectors.text", text, "text"),
  };
}

function postOf(name: string, post: string | RankPost): WireRankPost {
  if (typeof post === "string") return { media_id: idOf(name, post) };
  noneMisspelt(name, post, POST_FIELDS);
  return {
    media_id: idOf(`${name}.media_id`, post.media_id),
    likes: finite(`${name}.likes`, post.likes),
    comments: finite(`${name}.comments`, post.comments),
    created_at: momentOf(`${name}.created_at`, post.created_at),
  };
}

function listOf<T>(name: string, list: readonly T[]): readonly T[] {
  const given: unknown = list;
  if (!Array.isArray(given)) throw new InvalidInputError(`${name} must be a list`);
  return list;
}
