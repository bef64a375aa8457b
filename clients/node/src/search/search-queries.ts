/** What searches are asked with: as the JSON, or the form with a picture, that the service takes. */

import { InvalidInputError } from "../connection/errors.js";
import type { FilterRequest, HybridSearchRequest, SearchRequest } from "../generated/index.js";
import { type AnyKeyOf, momentOf, onlyKnown, textOf } from "../inputs/arguments.js";
import { type MediaSource, type Medium, mediumOf } from "../inputs/media-source.js";
import { finite } from "../inputs/numbers.js";
import { componentsOf, isVector, type Modality, type VectorInput } from "../inputs/vectors.js";

/** A picture to search by, and for a hybrid search a caption that counts as words in it. */
export interface PictureQuery {
  /** A picture or a video, which is analysed and not stored. */
  readonly file: MediaSource;
  /** Counts as words in the picture. */
  readonly caption?: string | null | undefined;
}

/**
 * A query on one side: a vector of any norm but 0, a text, a stored post, or a picture.
 *
 * A string is a text and never a path: a picture is asked by as `{ file: path }`.
 */
export type SideQuery =
  | string
  | VectorInput
  | { readonly text: string }
  | { readonly media_id: string }
  | { readonly vector: VectorInput }
  | Pick<PictureQuery, "file">;

/** A query on both sides; of `visual_vector` and `text_vector` one is enough. A string is a text. */
export type HybridQuery =
  | string
  | { readonly text: string }
  | { readonly media_id: string }
  | {
      readonly visual_vector?: VectorInput | null | undefined;
      readonly text_vector?: VectorInput | null | undefined;
    }
  | PictureQuery;

type Dates = "created_after" | "created_before";

/** Conditions that posts must all meet; an empty list is no condition. */
export interface SearchFilter extends Omit<FilterRequest, Dates> {
  /** A Date, or text with its offset from UTC (ISO 8601). */
  readonly created_after?: string | Date | null | undefined;
  /** A Date, or text with its offset from UTC (ISO 8601). */
  readonly created_before?: string | Date | null | undefined;
}

/** What the service is sent beside limit, filter and weights. */
export type Asked<Body> =
  | { readonly json: Body; readonly form?: never }
  | {
      readonly form: { readonly file: Medium; readonly caption?: string | undefined };
      readonly json?: never;
    };

const FILTER_FIELDS = {
  author_ids: true,
  content_types: true,
  media_types: true,
  created_after: true,
  created_before: true,
  min_likes: true,
  max_likes: true,
  min_comments: true,
  max_comments: true,
  min_alignment: true,
  max_alignment: true,
} as const satisfies Record<keyof SearchFilter, true>;

const BOUNDS = [
  "min_likes",
  "max_likes",
  "min_comments",
  "max_comments",
  "min_alignment",
  "max_alignment",
] as const;

const SIDE_FIELDS = {
  text: true,
  media_id: true,
  vector: true,
} as const satisfies Named<Exclude<SideQuery, VectorInput>>;

const HYBRID_FIELDS = {
  text: true,
  media_id: true,
  visual_vector: true,
  text_vector: true,
} as const satisfies Named<HybridQuery>;

const PICTURE_FIELDS = {
  file: true,
  caption: true,
} as const satisfies Record<keyof PictureQuery, true>;

/** What names the query in an object, but for pictures, which go in a form. */
type Named<Query> = Record<AnyKeyOf<Exclude<Query, string | Pick<PictureQuery, "file">>>, true>;

/** What queries may hold; which of it goes together the service says. */
interface Fields extends Partial<PictureQuery> {
  readonly text?: string;
  readonly media_id?: string;
  readonly vector?: VectorInput | null;
  readonly visual_vector?: VectorInput | null;
  readonly text_vector?: VectorInput | null;
}

export async function askedOfSide(query: SideQuery, side: Modality): Promise<Asked<SearchRequest>> {
  if (typeof query === "string") return { json: { text: query } };
  if (isVector(query)) return { json: { vector: componentsOf("query", query, side) } };
  checkQuery(query);
  const { file, vector, ...named }: Fields = query;
  if (file !== undefined) {
    onlyKnown("a query by a picture on one side", query, { file: true });
    return { form: { file: await mediumOf(file) } };
  }
  onlyKnown("a query on one side", query, SIDE_FIELDS);
  return { json: { ...named, ...(vector && { vector: componentsOf("vector", vector, side) }) } };
}

export async function askedOfBoth(query: HybridQuery): Promise<Asked<HybridSearchRequest>> {
  if (typeof query === "string") return { json: { text: query } };
  if (isVector(query)) {
    throw new InvalidInputError("say which side it is: { visual_vector } or { text_vector }");
  }
  checkQuery(query);
  const { file, caption, visual_vector: visual, text_vector: text, ...named }: Fields = query;
  if (file !== undefined) {
    onlyKnown("a query by a picture", query, PICTURE_FIELDS);
    return { form: { caption: textOf("caption", caption), file: await mediumOf(file) } };
  }
  onlyKnown("a hybrid query", query, HYBRID_FIELDS);
  return {
    json: {
      ...named,
      ...(visual && { visual_vector: componentsOf("visual_vector", visual, "visual") }),
      ...(text && { text_vector: componentsOf("text_vector", text, "text") }),
    },
  };
}

/** The filter as JSON has it; InvalidInputError for a field that there is none of, or a bad date. */
export function filterOf(filter: SearchFilter | null | undefined): FilterRequest | undefined {
  if (!filter) return undefined;
  onlyKnown("a filter", filter, FILTER_FIELDS);
  const bounds = BOUNDS.map((name) => [name, finite(name, filter[name])] as const);
  return {
    ...filter,
    ...Object.fromEntries(bounds.filter(([, bound]) => bound !== undefined)),
    created_after: momentOf("created_after", filter.created_after),
    created_before: momentOf("created_before", filter.created_before),
  };
}

/** Refuses a picture that is not said to be one: its bytes could be meant as anything. */
function checkQuery(query: unknown): asserts query is object {
  const bytes = ArrayBuffer.isView(query) || query instanceof ArrayBuffer || query instanceof Blob;
  if (bytes || query instanceof URL) throw new InvalidInputError("give a picture as { file }");
  if (typeof query !== "object" || query === null) {
    throw new InvalidInputError("a query is a text, a vector, or an object that says what it is");
  }
}
