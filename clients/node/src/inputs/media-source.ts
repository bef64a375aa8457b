/** What callers upload: a file by its path, or bytes that they have. */

import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import {
  FeedlensError,
  InvalidInputError,
  MediumChangedError,
  MediumUnreadableError,
} from "../connection/errors.js";

/** What Node says of a path that leads to no file, and of one that is none (`ERR_INVALID_…`). */
const NO_FILE = /^(ENOENT|ENOTDIR|EISDIR|ENAMETOOLONG|ELOOP|ERR_INVALID_.*)$/;

const MOST_SHOWN = 300;

/**
 * A path or a `file:` URL, or a Blob, which are read as they are sent and never whole into memory;
 * or bytes.
 */
export type MediaSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/** A medium that can be sent, as often as attempts are made. */
export interface Medium {
  readonly name: string;
  readonly bytes: number;
  /**
   * Its content from the start, in pieces; what it opens is closed when `signal` is aborted.
   * Rejects with InvalidInputError where it is gone, MediumChangedError where it has not `bytes`
   * bytes any more, and MediumUnreadableError, which another attempt may mend, for any other reason.
   */
  readonly pieces: (signal: AbortSignal) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * The source as what can be sent; InvalidInputError where there is no such file,
 * MediumUnreadableError where it can't be read for now.
 */
export async function mediumOf(source: MediaSource): Promise<Medium> {
  if (typeof source === "string" || source instanceof URL) return fileAt(pathOf(source));
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : "upload";
    const bytes = source.size;
    return { name, bytes, pieces: (signal) => all(name, bytes, () => source.stream(), signal) };
  }
  if (source instanceof ArrayBuffer) return inMemory(new Uint8Array(source));
  if (source instanceof Uint8Array) return inMemory(source);
  throw new InvalidInputError("a medium is a path, a Buffer, an ArrayBuffer or a Blob");
}

function inMemory(bytes: Uint8Array): Medium {
  return { name: "upload", bytes: bytes.byteLength, pieces: () => [bytes] };
}

function pathOf(source: string | URL): string {
  const isAddress = typeof source !== "string" || /^[a-z][a-z\d+.-]+:\/\//i.test(source);
  if (!isAddress) return source;
  const protocol = typeof source === "string" ? `${source.split(":")[0] ?? ""}:` : source.protocol;
  if (protocol.toLowerCase() !== "file:") {
    throw new InvalidInputError(
      `${protocol} is not read here; download it first, or give it to a MediaWorker`,
    );
  }
  try {
    return fileURLToPath(source);
  } catch (error) {
    throw unreadable(String(source), error);
  }
}

async function fileAt(path: string): Promise<Medium> {
  const name = basename(path);
  const bytes = await sizeOf(path);
  return {
    name,
    bytes,
    pieces: (signal) => all(path, bytes, () => createReadStream(path, { signal }), signal),
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new InvalidInputError(`${shown(path)} is no file`);
    await access(path, constants.R_OK);
    return found.size;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * The content's pieces, each held back until the next one is there, so that what was shortened or
 * prolonged since its size was told never arrives as a whole upload.
 */
async function* all(
  name: string,
  bytes: number,
  open: () => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let left = bytes;
  let held: Uint8Array | undefined;
  try {
    for await (const piece of open()) {
      left -= piece.byteLength;
      if (left < 0) break;
      if (held !== undefined) yield held;
      held = piece;
    }
  } catch (error) {
    throw signal.aborted ? error : unreadable(name, error);
  }
  if (left !== 0) throw new MediumChangedError(`${name} changed while it was sent`);
  if (held !== undefined) yield held;
}

/** What was thrown where a medium is read, as an error that says whether the input is at fault. */
export function unreadable(path: string, error: unknown): FeedlensError {
  if (error instanceof FeedlensError) return error;
  const { name, code: given } = Object(error) as { name?: unknown; code?: unknown };
  const code = typeof given === "string" ? given : undefined;
  const message = `${shown(path)} can't be read (${code ?? String(error)})`;
  if (code !== undefined && NO_FILE.test(code)) return new InvalidInputError(message, error);
  // A Blob's own word for a file that is not what it was when the Blob was made.
  if (name === "NotReadableError") return new MediumChangedError(message, error);
  return new MediumUnreadableError(message, { code, cause: error });
}

/** A path in a message; one that is too long is a file's content, given as a string. */
function shown(path: string): string {
  if (path.length <= MOST_SHOWN) return path;
  return `${path.slice(0, MOST_SHOWN)}… (a string is a path; give bytes as a Buffer)`;
}
