/** Answers POST /v1/events as the orchestrator does, and remembers what it was sent. */

import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { TestContext } from "node:test";

import {
  type ClientOptions,
  FeedRankingService,
  type FeedRankingOptions,
} from "../../src/index.js";

interface SentEvent {
  readonly event_id: string;
  readonly user_id: string;
  readonly media_id: string;
  readonly kind: string;
  readonly at: string;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const KINDS = new Set(["view", "like", "dwell"]);
const LATEST = Date.parse("2029-01-01T00:00:00Z");

export class EventServer {
  /** Ids of the events in each request, in the order of their arrival. */
  readonly requests: string[][] = [];
  readonly stored = new Map<string, SentEvent>();
  /** Posts that do not exist. */
  readonly missing = new Set<string>();
  /** More events than this in a request are too large. */
  most = 1_000;
  /** Statuses of the next answers, given in place of what a request deserves. */
  readonly failures: number[] = [];
  /** Requests that ended before they were answered. */
  abandoned = 0;
  readonly #server: Server;
  readonly #news = new EventEmitter();
  #gate: Promise<void> = Promise.resolve();

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  /** Serves until the test ends. */
  static async start(t: TestContext): Promise<EventServer> {
    const server = new EventServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    t.after(() => {
      server.#server.close();
      server.#server.closeAllConnections();
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A service that sends its events here, without retries unless `client` says so. */
  service(
    events: FeedRankingOptions["events"] = {},
    client: ClientOptions = { retries: { maxRetries: 0 } },
  ): FeedRankingService {
    return new FeedRankingService({ url: this.url, ...client }, { events });
  }

  /** Lets requests arrive, but answers none until what it returns is called. */
  hold(): () => void {
    let release!: () => void;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** Resolves when as many requests have arrived. */
  async arrived(count: number): Promise<void> {
    while (this.requests.length < count) await once(this.#news, "arrived");
  }

  /** Resolves when as many requests were given up by who sent them. */
  async givenUp(count: number): Promise<void> {
    while (this.abandoned < count) await once(this.#news, "abandoned");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("close", () => {
      if (response.writableFinished) return;
      this.abandoned += 1;
      this.#news.emit("abandoned");
    });
    const { events } = (await json(request)) as { events: SentEvent[] };
    this.requests.push(events.map((event) => event.event_id));
    this.#news.emit("arrived");
    await this.#gate;
    const { status, body } = this.#answer(events);
    const kind = status < 300 ? "application/json" : "application/problem+json";
    response.writeHead(status, { "content-type": kind }).end(JSON.stringify(body));
  }

  #answer(events: readonly SentEvent[]): Answer {
    const failure = this.failures.shift();
    if (failure !== undefined) return problem(failure, "as the test has it");
    if (events.length > this.most) return problem(413, "too many");
    const errors = events.flatMap((event, place) =>
      KINDS.has(event.kind) ? [] : [{ where: `body.events.${place}.kind`, message: "wrong" }],
    );
    if (errors.length > 0) return problem(422, "a kind", { errors: errors.slice(0, 10) });
    const late = events.find((event) => Date.parse(event.at) > LATEST);
    if (late !== undefined) return problem(422, `event '${late.event_id}': at lies in the future`);
    const missing = events.map((event) => event.media_id).filter((id) => this.missing.has(id));
    if (missing.length > 0) return problem(404, "no such post", { media_ids: missing });
    return { status: 201, body: this.#written(events) };
  }

  #written(events: readonly SentEvent[]): Answer["body"] {
    const before = this.stored.size;
    for (const event of events) {
      if (!this.stored.has(event.event_id)) this.stored.set(event.event_id, event);
    }
    const accepted = this.stored.size - before;
    return { accepted, skipped: events.length - accepted };
  }
}

function problem(
  status: number,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): Answer {
  const type = `urn:feedlens:problem:status-${status}`;
  return { status, body: { type, title: "No", status, detail, ...members } };
}
