/** The services of @feedlens/client that this backend stands on, all on one connection. */

import {
  FeedlensClient,
  FeedRankingService,
  MediaService,
  MediaWorker,
  QdrantService,
} from "@feedlens/client";

import type { Settings } from "./settings.js";

export interface Services {
  readonly client: FeedlensClient;
  readonly media: MediaService;
  readonly ranking: FeedRankingService;
  readonly qdrant: QdrantService;
  readonly worker: MediaWorker;
}

export function connect(settings: Settings): Services {
  const client = new FeedlensClient();
  return {
    client,
    media: new MediaService(client),
    ranking: new FeedRankingService(client),
    qdrant: new QdrantService(client),
    // People wait for the answer: no retries for minutes, as behind a queue.
    worker: new MediaWorker({ client, retries: { maxElapsedMs: settings.uploadPatienceMs } }),
  };
}

/** Ends them: what is under way has so much time, and what takes longer is rejected. */
export async function disconnect({ ranking, worker }: Services, timeoutMs: number): Promise<void> {
  await Promise.all([worker.close({ timeoutMs }), ranking.close({ timeoutMs })]);
}
