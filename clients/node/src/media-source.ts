/** What callers upload: a file by its path, or bytes that they have. */

import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { InvalidInputError } from "./connection/errors.js";

/** A path or a `file:` URL, which is read as it is sent and never whole into memory; or bytes. */
export type MediaSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/** A medium that can be sent, as often as attempts are made. */
export interface Medium {
  readonly name: string;
  readonly bytes: number;
  /** Its content from the start, in pieces; what it opens is closed when `signal` is aborted. */
  readonly pieces: (signal: AbortSignal) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** The source as what can be sent; InvalidInputError where there is no such file. */
export async function mediumOf(source: MediaSource): Promise<Medium> {
  if (typeof source === "string" || source instanceof URL) return fileAt(pathOf(source));
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : "upload";
    return { name, bytes: source.size, pieces: () => source.stream() };
  }
  if (source instanceof ArrayBuffer) return inMemory(new Uint8Array(source));
  if (source instanceof Uint8Array) return inMemory(source);
  throw new InvalidInputError("a medium is a path, a Buffer, an ArrayBuffer or a Blob");
}

function inMemory(bytes: Uint8Array): Medium {
  return { name: "upload", bytes: bytes.byteLength, pieces: () => [bytes] };
}

function pathOf(source: string | URL): string {
  if (typeof source === "string") return source;
  if (source.protocol === "file:") return fileURLToPath(source);
  throw new InvalidInputError(
    `${source.protocol} is not read here; download it first, or give it to a MediaWorker`,
  );
}

async function fileAt(path: string): Promise<Medium> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new InvalidInputError(`${path} is no file`);
    await access(path, constants.R_OK);
    return {
      name: basename(path),
      bytes: found.size,
      pieces: (signal) => createReadStream(path, { signal }),
    };
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new InvalidInputError(`${path} can't be read (${why})`, error);
  }
}
