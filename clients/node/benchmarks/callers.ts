/** Three ways to the same page of a feed: by this package, by bare fetch, and by node:http. */

import { Agent, request } from "node:http";

import { FeedRankingService } from "../src/index.js";

export interface Caller {
  readonly name: string;
  /** Asks for the page and parses it; how many posts it has. */
  readonly call: () => Promise<number>;
}

interface Page {
  readonly items: readonly unknown[];
}

/** All three, with connections that stay. */
export function callersOf(url: string, userId: string, limit: number): readonly Caller[] {
  const body = JSON.stringify({ user_id: userId, limit, preview: true });
  const address = `${url}/v1/feed`;
  const ranking = new FeedRankingService({ url });
  return [
    {
      name: "@feedlens/client",
      call: async () => (await ranking.feedPage(userId, { limit, preview: true })).items.length,
    },
    { name: "fetch", call: async () => (await byFetch(address, body)).items.length },
    { name: "node:http", call: callerByHttp(address, body) },
  ];
}

async function byFetch(address: string, body: string): Promise<Page> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(address, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}

function callerByHttp(address: string, body: string): () => Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return () =>
    new Promise((resolve, reject) => {
      const sent = request(address, { method: "POST", headers, agent }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("error", reject);
        answer.on("end", () => {
          const page = JSON.parse(Buffer.concat(pieces).toString()) as Page;
          if (answer.statusCode === 200) resolve(page.items.length);
          else reject(new Error(String(answer.statusCode)));
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
}
