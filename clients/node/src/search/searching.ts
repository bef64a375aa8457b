/** POST /v1/search/…: one exchange for all three, by JSON or by a form with a picture. */

import { checked } from "../connection/answer-members.js";
import {
  type Attempt,
  CALL_OPTIONS,
  type CallOptions,
  type FeedlensClient,
} from "../connection/feedlens-client.js";
import type {
  Found,
  HybridPictureSearchForm,
  SearchAnswer,
  SearchHybridData,
  SearchTextData,
  SearchVisualData,
  WeightsRequest,
} from "../generated/index.js";
import { onlyKnown } from "../inputs/arguments.js";
import { formOf } from "../inputs/multipart.js";
import { finite, finiteEach } from "../inputs/numbers.js";
import { type Asked, filterOf, type SearchFilter } from "./search-queries.js";

/** What a search on one side may be given. */
export interface SearchOptions extends CallOptions {
  /** From 1 to 100; 10 if left out. */
  readonly limit?: number | undefined;
  /** What posts must meet, all of it; none, if left out. */
  readonly filter?: SearchFilter | null | undefined;
}

/** What a hybrid search may be given. */
export interface HybridSearchOptions extends SearchOptions {
  /** How much each side counts; only the proportion matters. */
  readonly weights?: WeightsRequest | undefined;
}

const OPTIONS = {
  ...CALL_OPTIONS,
  limit: true,
  filter: true,
} as const satisfies Record<keyof SearchOptions, true>;

const HYBRID_OPTIONS = {
  ...OPTIONS,
  weights: true,
} as const satisfies Record<keyof HybridSearchOptions, true>;

type Path = SearchVisualData["url"] | SearchTextData["url"] | SearchHybridData["url"];

/** Posts by falling score. */
export async function search(
  client: FeedlensClient,
  path: Path,
  asked: Asked<object>,
  given: HybridSearchOptions,
): Promise<Found[]> {
  if (path.endsWith("/hybrid")) onlyKnown("HybridSearchOptions", given, HYBRID_OPTIONS);
  else onlyKnown("SearchOptions", given, OPTIONS);
  const { limit, filter, weights, ...options } = given;
  const terms = {
    limit: finite("limit", limit),
    filter: filterOf(filter),
    weights: finiteEach("weights", weights),
  };
  const send = async (attempt: Attempt) => {
    const sent = asked.form
      ? formFor(asked.form, terms, attempt)
      : { body: { ...asked.json, ...terms } };
    const answer = await attempt.client.post<{ 200: SearchAnswer }, unknown, true>({
      ...attempt,
      ...sent,
      url: path,
    });
    return checked(answer, "items");
  };
  const { items } = await client.call(send, options, asked.form?.file.bytes);
  return items;
}

/** The picture's form, whose filter and weights are JSON. */
function formFor(picture: NonNullable<Asked<object>["form"]>, terms: Terms, attempt: Attempt) {
  const { limit, filter, weights } = terms;
  const fields = {
    ...picture,
    limit,
    filter: filter && JSON.stringify(filter),
    weights: weights && JSON.stringify(weights),
  };
  return formOf<HybridPictureSearchForm>(fields, attempt.signal);
}

interface Terms {
  readonly limit: number | null | undefined;
  readonly filter: object | undefined;
  readonly weights: WeightsRequest | undefined;
}
