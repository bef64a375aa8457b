// A process that has the package as ES modules and, through a dependency, as CommonJS.
import { createRequire } from "node:module";

import * as imported from "@feedlens/client";

const required = createRequire(import.meta.url)("@feedlens/client");
const error = await new required.VectorEmbeddingService()
  .generateImageEmbedding("no-such-file.jpg")
  .catch((reason) => reason);
const lazily = await import("@feedlens/client/api");

console.log(
  JSON.stringify({
    apart: imported.InvalidInputError !== required.InvalidInputError,
    instances: [
      error instanceof imported.InvalidInputError,
      error instanceof imported.FeedlensError,
    ],
    client: new imported.FeedlensClient() instanceof required.FeedlensClient,
    others: error instanceof imported.ProblemError,
    names: Object.keys(imported).sort().join() === Object.keys(required).sort().join(),
    api: typeof lazily.postFeed,
  }),
);
