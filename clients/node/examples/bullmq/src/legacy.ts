/** Where the old system looks for vectors: here a hash of Redis; put its own store in its place. */

import type { LegacyOptions } from "@feedlens/client";

import type { UploadQueue } from "./queue.js";

/** Keeps vectors as JSON in the hash, by `media_id`; a vector that comes again replaces its own. */
export function legacyVectors(queue: UploadQueue, hash: string): LegacyOptions {
  return {
    store: async (mediaId, embedding) => {
      const redis = await queue.getBackend().client;
      await redis.hset(hash, { [mediaId]: JSON.stringify(embedding) });
    },
  };
}
