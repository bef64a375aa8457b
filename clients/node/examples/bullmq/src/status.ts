/** Says how many jobs there are of each state, and why jobs failed for good, as JSON. */

import { openQueue } from "./queue.js";

const queue = openQueue();
const failed = await queue.getFailed();
const status = {
  counts: await queue.getJobCounts(),
  failed: failed.map(({ data, attemptsMade, failedReason }) => ({
    media_id: data.media_id,
    attempts: attemptsMade,
    reason: failedReason,
  })),
};
console.log(JSON.stringify(status, null, 2));
await queue.close();
