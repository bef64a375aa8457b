/** The temporary file of a download. */

import { randomUUID } from "node:crypto";
import { type FileHandle, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FeedlensError } from "../connection/errors.js";
import { DownloadFolderError } from "./download-errors.js";

/** A medium on this machine's disk, until `remove` is called; no process's end removes it. */
export interface Download {
  /** Of the file, absolute unless the folder was named otherwise. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** Removes the file; may be called again. */
  remove(): Promise<void>;
}

/** The pieces as a file readable by this user alone; nothing is left of it where that fails. */
export async function stored(
  pieces: AsyncIterable<Uint8Array>,
  folder: string = tmpdir(),
): Promise<Download> {
  const path = join(folder, `feedlens-${randomUUID()}`);
  const remove = async () => {
    await onDisk(path, rm(path, { force: true }));
  };
  const file = await onDisk(path, open(path, "wx", 0o600));
  try {
    const bytes = await onDisk(path, written(file, pieces));
    return { path, bytes, remove };
  } catch (error) {
    await remove().catch(() => undefined); // the first error says what is wrong
    throw error;
  }
}

async function written(file: FileHandle, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  try {
    await writeFile(file, pieces);
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** What the disk says no to, as an error of this package. */
async function onDisk<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FeedlensError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new DownloadFolderError(`the download's file ${path} can't be made (${why})`, error);
  }
}
