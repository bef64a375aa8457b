/** The queue of uploads: what producers and workers agree on. */

import type { MediaJob, MediaResult } from "@feedlens/client";
import { type ConnectionOptions, type JobsOptions, Queue } from "bullmq";

export const QUEUE = "uploads";
/** A job that repairs what an earlier one could not store whole. */
export const REPAIR = "repair";
const STORE = "store";

/** A job as Redis keeps it: its medium by path or by address, as bytes are too many for Redis. */
export type Upload = Omit<MediaJob, "file" | "created_at"> & {
  readonly file?: string;
  /** Of all attempts, whenever they are made. */
  readonly created_at: string;
};

export type UploadQueue = Queue<Upload, MediaResult>;

/** A job is tried for 18 to 36 hours, at waits of 1 to 2 s that double, the last one 9 h or more. */
const KEPT: JobsOptions = {
  attempts: 17,
  backoff: { type: "exponential", delay: 2_000, jitter: 0.5 },
  removeOnComplete: { count: 1_000 },
};

export function redis(): ConnectionOptions {
  const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
  return { url, maxRetriesPerRequest: null };
}

export function openQueue(): UploadQueue {
  const queue: UploadQueue = new Queue(QUEUE, { connection: redis(), defaultJobOptions: KEPT });
  return queue.on("error", (error) => {
    console.error(`queue: ${error.message}`);
  });
}

/** Enqueues a post; the same one twice is stored once. */
export async function enqueue(queue: UploadQueue, post: Omit<Upload, "created_at">) {
  return queue.add(STORE, { created_at: new Date().toISOString(), ...post });
}
