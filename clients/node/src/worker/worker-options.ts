/** What a MediaWorker is made with. */

import { bounded } from "../connection/bounds.js";
import { useMultimodalEmbeddings } from "../connection/environment.js";
import { InvalidInputError } from "../connection/errors.js";
import { type ClientOptions, FeedlensClient } from "../connection/feedlens-client.js";
import { policyWith, type RetryPolicy } from "../connection/retries.js";
import { type DownloadPolicy, downloadRules } from "../downloads/download-policy.js";
import { onlyKnown } from "../inputs/arguments.js";
import { MediaService } from "../media/media-service.js";
import type { WorkerSettings } from "./delivery.js";
import { type LegacyOptions, LegacyPath, legacyUrl } from "./legacy.js";
import type { Hooks } from "./results.js";

const DEFAULT_REPAIRS = 2;

/** Nobody waits for a job: for up to two minutes, as often as fits. */
const PATIENT: RetryPolicy = {
  maxRetries: 1_000,
  firstDelayMs: 500,
  maxDelayMs: 10_000,
  maxElapsedMs: 120_000,
};

/** Where a job can go by the legacy endpoint, it does so sooner. */
const BEFORE_FALLBACK_MS = 20_000;

/** The options of its own client, if no `client` is given, and these. */
export interface MediaWorkerOptions extends Omit<ClientOptions, "retries">, Hooks {
  /** In place of one of its own, whose options are refused then. */
  readonly client?: FeedlensClient | undefined;
  /** USE_MULTIMODAL_EMBEDDINGS, or true, if left out; if false, jobs go by `legacy` alone. */
  readonly useMultimodal?: boolean | undefined;
  /** Jobs under way at a time; 4 if left out. */
  readonly concurrency?: number | undefined;
  /**
   * Replaces parts of a job's policy: within two minutes, or 20 s if there is `legacy` to fall back
   * to, the first wait up to 500 ms and none over 10 s that the service did not ask for.
   */
  readonly retries?: Partial<RetryPolicy> | undefined;
  /** How often a job tries again what a model failed to give to its stored post; 2 if left out. */
  readonly maxRepairs?: number | undefined;
  /** What to do when the new path fails, or is off; without it jobs are rejected then. */
  readonly legacy?: LegacyOptions | undefined;
  /** From where jobs with a `url` are downloaded: from nowhere, if no host is allowed. */
  readonly downloads?: DownloadPolicy | undefined;
  /** Where downloads lie meanwhile; the system's temporary folder if left out. */
  readonly downloadFolder?: string | undefined;
}

const OPTIONS = {
  url: true,
  timeoutMs: true,
  timeoutMsPerMegabyte: true,
  headers: true,
  log: true,
  fetch: true,
  client: true,
  useMultimodal: true,
  concurrency: true,
  retries: true,
  maxRepairs: true,
  legacy: true,
  downloads: true,
  downloadFolder: true,
  onFallback: true,
  onRetry: true,
} as const satisfies Record<keyof MediaWorkerOptions, true>;

/** What a worker's jobs are delivered by; InvalidInputError names an option that can't be used. */
export function settingsOf(options: MediaWorkerOptions): WorkerSettings {
  const given: unknown = options;
  if (given instanceof FeedlensClient) {
    throw new InvalidInputError("a MediaWorker takes options: give the client as { client }");
  }
  onlyKnown("MediaWorkerOptions", options, OPTIONS);
  checkClient(options);
  const client = options.client ?? new FeedlensClient(clientOptions(options));
  const { legacy, downloads } = options;
  const useMultimodal = useMultimodalEmbeddings(options.useMultimodal);
  if (!useMultimodal && legacy === undefined) {
    throw new InvalidInputError(
      "with USE_MULTIMODAL_EMBEDDINGS off a MediaWorker needs the option legacy: " +
        "{ store } keeps a vector where the old system looks for it",
    );
  }
  if (legacy !== undefined && typeof legacy.store !== "function") {
    throw new InvalidInputError("the option legacy.store must be a function that keeps a vector");
  }
  downloadRules(downloads); // of the environment, too
  const policy = legacy === undefined ? PATIENT : { ...PATIENT, maxElapsedMs: BEFORE_FALLBACK_MS };
  const maxRepairs = options.maxRepairs ?? DEFAULT_REPAIRS;
  return {
    media: useMultimodal ? new MediaService(client) : undefined,
    legacy: legacy && new LegacyPath(legacyClient(legacy, options, client), legacy.store),
    downloads,
    downloadFolder: options.downloadFolder,
    policy: policyWith(policy, options.retries),
    maxRepairs: bounded("maxRepairs", maxRepairs, { least: 0, most: Infinity, whole: true }),
    hooks: options,
    log: client.log,
  };
}

function checkClient(options: MediaWorkerOptions): void {
  const given: unknown = options.client;
  if (given === undefined) return;
  if (!(given instanceof FeedlensClient)) {
    throw new InvalidInputError("the option client is no FeedlensClient");
  }
  for (const [name, value] of Object.entries(clientOptions(options))) {
    if (value === undefined) continue;
    throw new InvalidInputError(`the option ${name} is the client's: give it to that`);
  }
}

function clientOptions(options: MediaWorkerOptions): ClientOptions {
  const { url, timeoutMs, timeoutMsPerMegabyte, headers, log, fetch } = options;
  return { url, timeoutMs, timeoutMsPerMegabyte, headers, log, fetch };
}

/** The worker's own where no other service is named; headers of one are not for the other. */
function legacyClient(
  legacy: LegacyOptions,
  options: MediaWorkerOptions,
  client: FeedlensClient,
): FeedlensClient {
  const url = legacyUrl(legacy);
  if (url === undefined) return client;
  return new FeedlensClient({
    ...clientOptions(options),
    url,
    headers: legacy.headers,
    log: client.log,
  });
}
