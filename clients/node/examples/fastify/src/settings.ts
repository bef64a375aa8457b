/** What the environment says, read once; a bad value stops the start and is named. */

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Largest file that a post may have; Feedlens has bounds of its own, by kind of file. */
  readonly maxUploadBytes: number;
  /** A sender that stalls for so long is let go. */
  readonly idleMs: number;
  /** How long an upload waits for a Feedlens that is away, before the answer is 503. */
  readonly uploadPatienceMs: number;
  /** How long requests under way may take once the process was told to end. */
  readonly shutdownMs: number;
}

/** EMBEDDING_SERVER_URL, USE_MULTIMODAL_EMBEDDINGS and DEBUG are read by the package itself. */
export function settingsFrom(environment: NodeJS.ProcessEnv): Settings {
  return {
    host: environment["HOST"] ?? "127.0.0.1",
    port: wholeNumber(environment, "PORT", 3000),
    maxUploadBytes: wholeNumber(environment, "MAX_UPLOAD_BYTES", 500_000_000),
    idleMs: wholeNumber(environment, "IDLE_MS", 60_000),
    uploadPatienceMs: wholeNumber(environment, "UPLOAD_PATIENCE_MS", 15_000),
    shutdownMs: wholeNumber(environment, "SHUTDOWN_MS", 30_000),
  };
}

function wholeNumber(environment: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = environment[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new Error(`${name} is ${JSON.stringify(text)}; it must be a whole number`);
}
