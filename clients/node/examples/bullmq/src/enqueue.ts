/** Enqueues posts, each a line of JSON on standard input. */

import { createInterface } from "node:readline";

import { enqueue, openQueue, type Upload } from "./queue.js";

const queue = openQueue();
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  const job = await enqueue(queue, JSON.parse(line) as Upload);
  console.log(`${job.data.media_id}: job ${job.id ?? ""}`);
}
await queue.close();
