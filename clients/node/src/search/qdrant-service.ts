/** The store of vectors: kept, read and searched, by its names of old. */

import { checked } from "../connection/answer-members.js";
import {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
} from "../connection/feedlens-client.js";
import {
  type Found,
  getMedia,
  type MediaAnswer,
  type MediaWithVectors,
  putVectors,
} from "../generated/index.js";
import { pathId } from "../inputs/arguments.js";
import { noteMaker, type VectorInput } from "../inputs/vectors.js";
import { MediaService } from "../media/media-service.js";
import { noneIfNotFound } from "../media/missing-posts.js";
import { type MultimodalCollection, readCollection } from "./collection.js";
import { askedOfBoth, askedOfSide, type HybridQuery, type SideQuery } from "./search-queries.js";
import { type HybridSearchOptions, search, type SearchOptions } from "./searching.js";
import { type VectorPayload, vectorsPut } from "./vector-payload.js";

/** A stored post with its unit vectors, null where it has no such side. */
export type PostWithVectors = MediaWithVectors;

/** A post that a search found; `contributions` add up to `score`, which of one side is the cosine. */
export type FoundPost = Found;

/** Vectors of posts in the store; a search finds posts by them. */
export class QdrantService {
  readonly #client: FeedlensClient;
  readonly #posts: MediaService;

  /** @param client which services may share, or the options of one of its own. */
  constructor(client: FeedlensClient | ClientOptions = {}) {
    this.#client = FeedlensClient.of(client);
    this.#posts = new MediaService(this.#client);
  }

  /**
   * What the collection of posts holds. The service makes it, so that nothing is made here.
   *
   * Rejects with UnavailableError where the store does not answer.
   */
  async ensureMultimodalCollection(options: CallOptions = {}): Promise<MultimodalCollection> {
    return this.#client.call(async (attempt) => ({ data: await readCollection(attempt) }), options);
  }

  /**
   * Stores vectors of unit norm that the models in use made, and resolves with the post.
   *
   * Which models made them is known of arrays that this package resolved with; of others, say it
   * in `payload.fingerprints`. Rejects with FingerprintMismatchError for another model's vectors,
   * ConflictError for another post's payload, InvalidInputError for a field that there is none of.
   */
  async upsertMultimodalVector(
    mediaId: string,
    visual: VectorInput | null,
    text: VectorInput | null,
    payload: VectorPayload = {},
    options: CallOptions = {},
  ): Promise<MediaAnswer> {
    const path = { media_id: pathId("mediaId", mediaId) };
    const body = vectorsPut(mediaId, visual, text, payload);
    return this.#client.call(
      async (attempt) => checked(await putVectors({ ...attempt, path, body }), "media_id"),
      options,
    );
  }

  /** A stored post with its vectors; null if there is none. */
  async getMultimodalVectors(
    mediaId: string,
    options: CallOptions = {},
  ): Promise<PostWithVectors | null> {
    const path = { media_id: pathId("mediaId", mediaId) };
    const members = ["visual_embedding", "text_embedding", "model_fingerprint"];
    const asked = this.#client.call(async (attempt) => {
      const answer = await getMedia({ ...attempt, path, query: { vectors: true } });
      return { data: checked(answer, ...members).data as PostWithVectors };
    }, options);
    const post = await noneIfNotFound(asked, null);
    noteMaker(post?.visual_embedding, "visual", post?.model_fingerprint["visual"]);
    noteMaker(post?.text_embedding, "text", post?.model_fingerprint["text"]);
    return post;
  }

  /** Deletes a post with its vectors; false if there was none. */
  async deleteMultimodalVector(mediaId: string, options: CallOptions = {}): Promise<boolean> {
    return this.#posts.delete(mediaId, options);
  }

  /**
   * Posts whose picture looks similar, or like what a text describes, by falling cosine.
   *
   * @param query a vector, `{ media_id }`, `{ text }`, `{ file }`; a string is a text, not a path.
   */
  async searchSimilarMediaVisual(
    query: SideQuery,
    options: SearchOptions = {},
  ): Promise<FoundPost[]> {
    return search(this.#client, "/v1/search/visual", await askedOfSide(query, "visual"), options);
  }

  /**
   * Posts whose caption and text in the picture mean something similar, by falling cosine.
   *
   * @param query as of a visual search; of a `{ file }`, the words in the picture are searched for.
   */
  async searchSimilarMediaText(
    query: SideQuery,
    options: SearchOptions = {},
  ): Promise<FoundPost[]> {
    return search(this.#client, "/v1/search/text", await askedOfSide(query, "text"), options);
  }

  /**
   * Posts by both sides at once: weight times cosine, added up.
   *
   * @param query `{ visual_vector, text_vector }` or one of them, `{ media_id }`, `{ text }`,
   *   `{ file, caption }`; a string is a text, not a path.
   */
  async searchSimilarMediaHybrid(
    query: HybridQuery,
    options: HybridSearchOptions = {},
  ): Promise<FoundPost[]> {
    return search(this.#client, "/v1/search/hybrid", await askedOfBoth(query), options);
  }
}
