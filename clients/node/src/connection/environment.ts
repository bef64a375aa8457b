/** What the process's environment says; read where a client or a worker is made. */

import { InvalidInputError } from "./errors.js";

const DEFAULT_URL = "http://127.0.0.1:8000";
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true, "1": true, yes: true, on: true,
  false: false, "0": false, no: false, off: false,
}; // prettier-ignore

/** EMBEDDING_SERVER_URL, or where `make run` serves. */
export function serverUrl(given?: string): URL {
  const text = given ?? nonEmpty("EMBEDDING_SERVER_URL") ?? DEFAULT_URL;
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new InvalidInputError(
      `EMBEDDING_SERVER_URL or the option url is no address: ${JSON.stringify(text)}; ` +
        `it looks like ${DEFAULT_URL}`,
      error,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidInputError(
      `EMBEDDING_SERVER_URL or the option url must begin with http:// or https://, not ${url.protocol}`,
    );
  }
  return url;
}

/** USE_MULTIMODAL_EMBEDDINGS; true where it is not set, as the service has it. */
export function useMultimodalEmbeddings(given?: boolean): boolean {
  if (given !== undefined) return given;
  const text = nonEmpty("USE_MULTIMODAL_EMBEDDINGS");
  if (text === undefined) return true;
  const flag = FLAGS[text.toLowerCase()];
  if (flag === undefined) {
    throw new InvalidInputError(
      `USE_MULTIMODAL_EMBEDDINGS is ${JSON.stringify(text)}; say true or false`,
    );
  }
  return flag;
}

function nonEmpty(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}
