/** Feedlens for Node.js backends. */

export * from "./connection/errors.js";
export {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
} from "./connection/feedlens-client.js";
export type { Log } from "./connection/debug.js";
export type { RetryPolicy } from "./connection/retries.js";
export {
  MediaService,
  type NewPost,
  type Post,
  type PostChanges,
  type Published,
} from "./media-service.js";
export type { MediaSource } from "./media-source.js";
export { type MultimodalEmbedding, VectorEmbeddingService } from "./vector-embedding-service.js";
