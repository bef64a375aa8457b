/** One job of the queue, by the media worker, in the queue's terms. */

import {
  isPermanent,
  type MediaResult,
  type MediaWorker,
  WorkerClosedError,
} from "@feedlens/client";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";

import { REPAIR, type Upload, type UploadQueue } from "./queue.js";

/** Stores jobs; those stored in part are repaired `repairDelayMs` later by a job of their own. */
export function storing(media: MediaWorker, queue: UploadQueue, repairDelayMs: number) {
  return async (job: Job<Upload, MediaResult>, token?: string): Promise<MediaResult> => {
    const result = await stored(media, job, token);
    const missing = result.path === "legacy" ? ["multimodal vectors"] : result.degraded;
    if (missing.length === 0) return result;
    // A repair that repairs nothing fails, so that its attempts come at growing waits.
    if (job.name === REPAIR) throw new Error(`still without ${missing.join(", ")}`);
    await queue.add(REPAIR, job.data, { delay: repairDelayMs });
    return result;
  };
}

async function stored(media: MediaWorker, job: Job<Upload>, token?: string): Promise<MediaResult> {
  try {
    return await media.process(job.data);
  } catch (error) {
    if (error instanceof WorkerClosedError) {
      // For the next worker; it costs none of the job's attempts.
      await job.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    if (isPermanent(error)) throw new UnrecoverableError((error as Error).message);
    throw error;
  }
}
