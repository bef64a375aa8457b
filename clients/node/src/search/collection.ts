/** What the collection of posts holds, as the service tells it. */

import { checked } from "../connection/answer-members.js";
import { UnavailableError, UnexpectedAnswerError } from "../connection/errors.js";
import type { Attempt } from "../connection/feedlens-client.js";
import { getGenerations, getHealth, type ModelAnswer } from "../generated/index.js";
import type { Modality } from "../inputs/vectors.js";

/** The collection of posts: what their vectors are, and which models make them now. */
export interface MultimodalCollection {
  /** Numbers in a vector of either side. */
  readonly dimensions: Readonly<Record<Modality, number>>;
  /** Of the models in use, as `payload.fingerprints` of an upsert takes them. */
  readonly fingerprints: Readonly<Record<Modality, string>>;
  /** Whether a model was trained; one that is not gives vectors without a meaning. */
  readonly weights: Readonly<Record<Modality, ModelAnswer["weights"]>>;
}

/** One look at the collection that serves; UnavailableError where the store does not answer. */
export async function readCollection(attempt: Attempt): Promise<MultimodalCollection> {
  const health = checked(await getHealth(attempt), "store", "weights").data;
  if (health["store"] !== "ok") {
    throw new UnavailableError(`the store does not answer: ${String(health["store"])}`, {
      status: 503,
      type: "urn:feedlens:problem:store-unavailable",
    });
  }
  const { data, response } = checked(await getGenerations(attempt), "generations");
  const active = data.generations.find((generation) => generation.active);
  if (active === undefined) {
    const { status } = response;
    throw new UnexpectedAnswerError("GET /v1/generations: none of them is active", { status });
  }
  return {
    dimensions: active.dimensions as MultimodalCollection["dimensions"],
    fingerprints: active.fingerprints as MultimodalCollection["fingerprints"],
    weights: health["weights"] as MultimodalCollection["weights"],
  };
}
