/** Stores what the queue holds, until it is told to end. */

import { type MediaResult, MediaWorker } from "@feedlens/client";
import { Worker } from "bullmq";

import { storing } from "./handler.js";
import { legacyVectors } from "./legacy.js";
import { openQueue, QUEUE, redis, type Upload } from "./queue.js";

const concurrency = Number(process.env["CONCURRENCY"] ?? 4);
const repairDelayMs = Number(process.env["REPAIR_DELAY_MS"] ?? 60_000);
const shutdownMs = Number(process.env["SHUTDOWN_MS"] ?? 20_000);
const stalledMs = Number(process.env["STALLED_MS"] ?? 30_000);
const legacyHash = process.env["LEGACY_VECTORS"];

/** What is left for telling Redis, once the jobs are ended. */
const REDIS_MS = 5_000;

const queue = openQueue();
const legacy = legacyHash ? legacyVectors(queue, legacyHash) : undefined;
const media = new MediaWorker({ concurrency, legacy });
const worker = new Worker<Upload, MediaResult>(QUEUE, storing(media, queue, repairDelayMs), {
  connection: redis(),
  concurrency,
  lockDuration: stalledMs,
  stalledInterval: stalledMs,
  // A worker that is killed leaves its jobs to others, as often as that happens.
  maxStalledCount: 100,
});

worker.on("completed", (job, { path, created, degraded }) => {
  const lacking = degraded.length > 0 ? `, without ${degraded.join(", ")}` : "";
  console.log(`${job.data.media_id}: ${created ? "created" : "stored"} by ${path}${lacking}`);
});
worker.on("failed", (job, error) => {
  console.error(`${job?.data.media_id ?? "a job"}: ${error.message}`);
});
worker.on("error", (error) => {
  console.error(`worker: ${error.message}`);
});

async function end(signal: string): Promise<void> {
  console.log(`${signal}: ending`);
  // Redis may be away, and would be waited for: other workers have the jobs once they count as stalled.
  setTimeout(() => process.exit(1), shutdownMs + REDIS_MS).unref();
  const taken = worker.close(); // takes no more jobs, and waits for those that it has
  await media.close({ timeoutMs: shutdownMs }); // which end in time, or go back to the queue
  await taken;
  await queue.close();
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    end(signal).catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  });
}
await worker.waitUntilReady();
console.log(`working on ${QUEUE}, ${concurrency} at a time`);
