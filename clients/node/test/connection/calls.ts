/** The calls that the connection's tests make. */

import {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
  type FeedlensError,
} from "../../src/index.js";
import {
  deleteMedia,
  getThumbnail,
  type MediaAnswer,
  postMedia,
} from "../../src/generated/index.js";
import { postFeed } from "../../src/generated/index.js";
import { formOf } from "../../src/inputs/multipart.js";
import type { BodyPostMedia } from "../../src/generated/index.js";
import { type MediaSource, mediumOf } from "../../src/inputs/media-source.js";

const ONCE = { maxRetries: 0 };

/** A client that tries once, and gives up after 5 s. */
export function clientOf(url: string, options: ClientOptions = {}): FeedlensClient {
  return new FeedlensClient({ url, timeoutMs: 5_000, retries: ONCE, ...options });
}

export async function feed(client: FeedlensClient, options: CallOptions = {}): Promise<unknown> {
  return client.call((attempt) => postFeed({ ...attempt, body: { user_id: "u" } }), options);
}

export async function remove(client: FeedlensClient): Promise<unknown> {
  return client.call((attempt) => deleteMedia({ ...attempt, path: { media_id: "m" } }));
}

export async function thumbnail(client: FeedlensClient): Promise<unknown> {
  return client.call((attempt) => getThumbnail({ ...attempt, path: { media_id: "m" } }));
}

/** Publishes a post with a file. */
export async function upload(
  client: FeedlensClient,
  source: MediaSource,
  options: CallOptions = {},
): Promise<MediaAnswer> {
  const file = await mediumOf(source);
  const fields = { media_id: "m", author_id: "a", file };
  return client.call(
    (attempt) => postMedia({ ...attempt, ...formOf<BodyPostMedia>(fields, attempt.signal) }),
    options,
    file.bytes,
  );
}

/** What the call rejects with, which is told apart from a call that does not. */
export async function failureOf(call: Promise<unknown>): Promise<FeedlensError> {
  try {
    await call;
  } catch (error) {
    return error as FeedlensError;
  }
  throw new Error("the call was no failure");
}
