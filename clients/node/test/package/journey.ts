/** What a backend does with the installed package, from an upload to a feed; prints what came of it. */

import {
  FeedlensClient,
  FeedRankingService,
  InvalidInputError,
  MediaService,
  MediaWorker,
  QdrantService,
  VectorEmbeddingService,
} from "@feedlens/client";
import { getLive, type Ranked } from "@feedlens/client/api";

async function journey(picture: string, prefix: string) {
  const client = new FeedlensClient();
  const embeddings = new VectorEmbeddingService(client);
  const posts = new MediaService(client);
  const store = new QdrantService(client);
  const ranking = new FeedRankingService(client);
  const worker = new MediaWorker({ client });
  const [drawn, told, brought] = [`${prefix}-drawn`, `${prefix}-told`, `${prefix}-brought`];

  const made = await embeddings.generateMultiModalEmbedding(picture, "A telescope at night");
  const legacy = await embeddings.generateImageEmbedding(picture);
  const job = { media_id: drawn, author_id: "ann", file: picture, caption: "A telescope at night" };
  const stored = await worker.process(job);
  const again = await worker.process(job);
  await posts.publish({ media_id: told, author_id: `${prefix}-ben`, caption: "Pasta" });
  await store.upsertMultimodalVector(brought, made.visual_embedding, made.text_embedding, {
    author_id: "cleo",
  });
  const found = await store.searchSimilarMediaText("What to eat", {
    filter: { author_ids: [`${prefix}-ben`, `${prefix}-nobody`] },
  });
  const read = await store.getMultimodalVectors(drawn);

  const viewer = `${prefix}-viewer`;
  const written = await ranking.recordEvents([
    { user_id: viewer, media_id: drawn, kind: "like", at: new Date() },
  ]);
  const ranked = await ranking.rankPosts(viewer, [told, brought]);
  const shown: Ranked[] = [];
  let pages = 0;
  for await (const page of ranking.feed(viewer, { limit: 1 })) {
    pages += 1;
    shown.push(...page.items);
  }
  const missing: unknown = await embeddings
    .generateImageEmbedding("no-such-file.jpg")
    .catch((error: unknown) => error);
  const live = await client.call((attempt) => getLive(attempt));
  await ranking.close();
  await worker.close();
  return {
    node: process.versions.node,
    dimensions: [made.visual_embedding?.length, made.text_embedding?.length, legacy.length],
    worker: [stored.path, stored.created, again.created],
    found: found.map((item) => item.media_id),
    read: [read?.visual_embedding?.length, read?.text_embedding?.length],
    accepted: written.batch.accepted,
    ranked: ranked.items.map((item) => item.media_id).sort(),
    pages,
    shown: shown.map((item) => item.media_id).sort(),
    missing: missing instanceof InvalidInputError && missing.type,
    live: live.status,
  };
}

const [picture = "", prefix = ""] = process.argv.slice(2);
journey(picture, prefix).then(
  (report) => {
    console.log(JSON.stringify(report));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
