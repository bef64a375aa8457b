/** Pictures and videos that the repository has, whose content tests know. */

import { fileURLToPath } from "node:url";

/** The path of a file in quickstart/samples. */
export function sample(name: string): string {
  return fileURLToPath(new URL(`../../../../quickstart/samples/${name}`, import.meta.url));
}
