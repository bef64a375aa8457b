/** Downloads from names that lead to this machine, in a process that trusts a test's certificate. */

import { FeedlensError } from "../../src/connection/errors.js";
import { download } from "../../src/downloads/download.js";

for (const url of process.argv.slice(2)) {
  try {
    const found = await download(url, {
      allowedHosts: ["*.example"],
      privateNetworks: ["127.0.0.1"],
      lookup: () => Promise.resolve([{ address: "127.0.0.1" }]),
    });
    await found.remove();
    console.log(JSON.stringify({ bytes: found.bytes }));
  } catch (error) {
    if (!(error instanceof FeedlensError)) throw error;
    console.log(JSON.stringify({ type: error.type, message: error.message }));
  }
}
