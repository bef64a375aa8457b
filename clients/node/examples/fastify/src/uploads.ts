/** A multipart upload on its way to the disk: never whole in memory. */

import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import type { FastifyRequest } from "fastify";

import { RequestError } from "./problems.js";

/** A form's fields as texts, and where its file lies. */
export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  /** Path of the temporary file; undefined where the form had none. */
  readonly file: string | undefined;
}

/** Receives the form of a request; its file is there until `use` has ended. */
export async function withUpload<T>(
  request: FastifyRequest,
  use: (upload: Upload) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "feedlens-upload-"));
  try {
    const upload = await receive(request, join(folder, "file")).catch(refuse);
    request.socket.setTimeout(0); // its sender is done, and what takes time now is not idle
    return await use(upload);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function receive(request: FastifyRequest, path: string): Promise<Upload> {
  const fields: Record<string, string> = {};
  let file: string | undefined;
  for await (const part of request.parts()) {
    if (part.type === "file") {
      if (part.fieldname !== "file") throw new RequestError(400, `${part.fieldname} is a file`);
      await pipeline(part.file, createWriteStream(path));
      file = path;
    } else {
      if (Object.hasOwn(fields, part.fieldname))
        throw new RequestError(400, `${part.fieldname} stands twice in the form`);
      if (part.valueTruncated) throw new RequestError(413, `${part.fieldname} is too long`);
      fields[part.fieldname] = String(part.value);
    }
  }
  return { fields, file };
}

/** The parser's errors have neither a status nor, as the disk's have, a code: they are the sender's. */
function refuse(error: unknown): never {
  if (error instanceof Error && !("code" in error)) throw new RequestError(400, error.message);
  throw error;
}
