/** Gives jobs that failed for good to the workers again, such as when the flag is on again. */

import { openQueue } from "./queue.js";

const queue = openQueue();
const failed = await queue.getJobCountByTypes("failed");
await queue.retryJobs({ state: "failed" });
console.log(`${failed} jobs again`);
await queue.close();
