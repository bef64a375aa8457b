/** What the process's environment says; read where a client or a worker is made. */

import { InvalidInputError } from "./errors.js";

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "yes", "on"].map((text) => [text, true] as const),
  ...["false", "0", "no", "off"].map((text) => [text, false] as const),
]);

/** USE_MULTIMODAL_EMBEDDINGS; true where it is not set, as the service has it. */
export function useMultimodalEmbeddings(given?: unknown): boolean {
  if (typeof given === "boolean") return given;
  if (given !== undefined) {
    // Not taken for a flag: the string "false" would be one that is on.
    throw new InvalidInputError("the option useMultimodal must be true or false");
  }
  const text = process.env["USE_MULTIMODAL_EMBEDDINGS"]?.trim() || undefined;
  if (text === undefined) return true;
  const flag = FLAGS.get(text.toLowerCase());
  if (flag === undefined) {
    throw new InvalidInputError(
      `USE_MULTIMODAL_EMBEDDINGS is ${JSON.stringify(text)}; say true or false`,
    );
  }
  return flag;
}
