/** Feedlens for Node.js backends. */

export * from "./connection/errors.js";
export {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
} from "./connection/feedlens-client.js";
export type { Log } from "./connection/debug.js";
export { isTransient, type RetryPolicy } from "./connection/retries.js";
export type { EventBatchOptions, OnLost } from "./events/event-batch-options.js";
export type { RecordedEvents, RecordOptions } from "./events/event-batches.js";
export * from "./events/event-errors.js";
export type { FeedOptions, FeedPage, FeedPageOptions } from "./ranking/feed-pages.js";
export {
  type FeedRankingOptions,
  FeedRankingService,
  type PreferencesOptions,
  type RankedPosts,
  type UserPreferences,
} from "./ranking/feed-ranking-service.js";
export {
  MediaService,
  type NewPost,
  type Post,
  type PostChanges,
  type Published,
} from "./media/media-service.js";
export type { MediaSource } from "./inputs/media-source.js";
export type { MultimodalCollection } from "./search/collection.js";
export { type FoundPost, type PostWithVectors, QdrantService } from "./search/qdrant-service.js";
export type {
  HybridQuery,
  PictureQuery,
  SearchFilter,
  SideQuery,
} from "./search/search-queries.js";
export type { HybridSearchOptions, SearchOptions } from "./search/searching.js";
export {
  type ExtractedText,
  type MultimodalEmbedding,
  VectorEmbeddingService,
} from "./media/vector-embedding-service.js";
export type { VectorPayload } from "./search/vector-payload.js";
export type { Modality, VectorInput } from "./inputs/vectors.js";
export type {
  HistoryEvent,
  RankOptions,
  RankPost,
  RankViewer,
  ViewerVectors,
} from "./ranking/rank-requests.js";
export type { EventKind, ViewerEvent } from "./events/viewer-events.js";
export {
  type Download,
  download,
  type DownloadOptions,
  type DownloadPolicy,
  type Lookup,
} from "./downloads/download.js";
export {
  DownloadError,
  DownloadFailedError,
  DownloadFolderError,
  type DownloadReason,
  DownloadRefusedError,
} from "./downloads/download-errors.js";
export {
  FallbackFailedError,
  isPermanent,
  LegacyStoreError,
  NoLegacyVectorError,
  WorkerClosedError,
} from "./worker/errors.js";
export type { AcceptedJob, JsonBuffer, MediaJob } from "./worker/jobs.js";
export type { LegacyOptions } from "./worker/legacy.js";
export { MediaWorker } from "./worker/media-worker.js";
export type { Fallback, MediaResult } from "./worker/results.js";
export type { Settled } from "./worker/settled.js";
export type { MediaWorkerOptions } from "./worker/worker-options.js";
