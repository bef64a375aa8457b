/** Upload jobs, as queues hand them over. */

import { InvalidInputError } from "../connection/errors.js";
import { momentOf, onlyKnown } from "../inputs/arguments.js";
import type { MediaSource } from "../inputs/media-source.js";
import type { NewPost } from "../media/media-service.js";

/** A Buffer that went through JSON, as in a queue kept by Redis. */
export interface JsonBuffer {
  readonly type: "Buffer";
  /** A number from 0 to 255 for each byte. */
  readonly data: readonly number[];
}

/** A post to publish: a picture or a video by `file` or by `url`, a caption, or both. */
export interface MediaJob extends Omit<NewPost, "file"> {
  /** A path, or bytes. */
  readonly file?: MediaSource | JsonBuffer | null | undefined;
  /** Where to download the medium from, within the DownloadPolicy; then `media_url` too. */
  readonly url?: string | null | undefined;
}

/** A job as it was given, with the `created_at` that all attempts have. */
export type AcceptedJob = MediaJob & { readonly created_at: string };

/** A job that was checked: what to publish, and where its medium comes from. */
export interface Task {
  readonly job: AcceptedJob;
  /** Without its file. */
  readonly post: NewPost;
  readonly file: MediaSource | null;
  readonly url: string | null;
}

const FIELDS = {
  media_id: true,
  author_id: true,
  file: true,
  url: true,
  caption: true,
  created_at: true,
  likes: true,
  comments: true,
  media_url: true,
} as const satisfies Record<keyof MediaJob, true>;

/** The job, checked; InvalidInputError names what can't be used. */
export function taskOf(job: MediaJob, now: () => Date = () => new Date()): Task {
  onlyKnown("a job", job, FIELDS);
  requireText("media_id", job.media_id);
  requireText("author_id", job.author_id);
  const { file, url, ...rest } = job;
  if (url !== null && url !== undefined) requireText("url", url);
  if (file === "") throw new InvalidInputError("a job's file is an empty path");
  if (file && url) throw new InvalidInputError("a job has a file or a url, not both");
  if (!file && !url && !job.caption) {
    throw new InvalidInputError("a job needs a file, a url, a caption, or two of them");
  }
  const created_at = momentOf("created_at", job.created_at) ?? now().toISOString();
  return {
    job: { ...job, created_at },
    post: { ...rest, created_at, media_url: job.media_url ?? url },
    file: file ? revived(file) : null,
    url: url ?? null,
  };
}

function requireText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw new InvalidInputError(`a job's ${name} must be a string that is not empty`);
  }
}

function revived(file: MediaSource | JsonBuffer): MediaSource {
  if (typeof file !== "object" || !("data" in file)) return file;
  return Buffer.from(file.data);
}
