/** Posts: published with their analysis, read, changed and deleted. */

import { checked } from "../connection/answer-members.js";
import {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
} from "../connection/feedlens-client.js";
import {
  type BodyPostMedia,
  deleteMedia,
  getMedia,
  getThumbnail,
  type MediaAnswer,
  patchMedia,
  postMedia,
} from "../generated/index.js";
import { momentOf, onlyKnown, pathId, textOf } from "../inputs/arguments.js";
import { type MediaSource, mediumOf } from "../inputs/media-source.js";
import { formOf } from "../inputs/multipart.js";
import { finite } from "../inputs/numbers.js";
import { noneIfNotFound } from "./missing-posts.js";

/** A post as the service tells it; `degraded` names what a model failed to give. */
export type Post = MediaAnswer;

/** A post to publish: a picture or a video, a caption, or both. */
export interface NewPost {
  /** The caller's own; the same id again is the same post. */
  readonly media_id: string;
  /** Whose post it is; not changed later. */
  readonly author_id: string;
  /** A picture or a video; none for a text. */
  readonly file?: MediaSource | null | undefined;
  /** What the author wrote; it has the post's text vector, with the text in the picture. */
  readonly caption?: string | null | undefined;
  /** Text with its offset from UTC (ISO 8601); now, if left out. */
  readonly created_at?: string | Date | null | undefined;
  /** Those that it has elsewhere; 0 if left out. */
  readonly likes?: number | null | undefined;
  /** Those that it has elsewhere; 0 if left out. */
  readonly comments?: number | null | undefined;
  /** Where the medium can be fetched again. */
  readonly media_url?: string | null | undefined;
}

/** What to change; what is left out stays. A caption or URL that is null is removed. */
export interface PostChanges {
  /** The new count, not what is added. */
  readonly likes?: number | undefined;
  /** The new count, not what is added. */
  readonly comments?: number | undefined;
  /** Text with its offset from UTC (ISO 8601), or a Date; not in the future. */
  readonly created_at?: string | Date | undefined;
  /** Another one gives the post another text vector; null removes it. */
  readonly caption?: string | null | undefined;
  /** Where the medium can be fetched again; null removes it. */
  readonly media_url?: string | null | undefined;
}

/** `created` is false where the same upload was stored before, also by a lost attempt of this call. */
export interface Published {
  /** As it is stored. */
  readonly post: Post;
  /** Whether it is new. */
  readonly created: boolean;
}

const POST_FIELDS = {
  media_id: true,
  author_id: true,
  file: true,
  caption: true,
  created_at: true,
  likes: true,
  comments: true,
  media_url: true,
} as const satisfies Record<keyof NewPost & keyof BodyPostMedia, true>;

const CHANGES_FIELDS = {
  likes: true,
  comments: true,
  created_at: true,
  caption: true,
  media_url: true,
} as const satisfies Record<keyof PostChanges, true>;

/** Posts in the store, each by its `media_id`, which the caller gives. */
export class MediaService {
  readonly #client: FeedlensClient;

  /** @param client which services may share, or the options of one of its own. */
  constructor(client: FeedlensClient | ClientOptions = {}) {
    this.#client = FeedlensClient.of(client);
  }

  /**
   * Extracts and stores a post. Idempotent by `media_id`: the same author, file and caption again
   * resolve with what is stored, whose counters, date and URL stay, and repair what is `degraded`.
   *
   * Rejects with ConflictError where `media_id` is stored with another author, file or caption.
   */
  async publish(post: NewPost, options: CallOptions = {}): Promise<Published> {
    const fields = fieldsOf(post);
    const source = post.file ?? null;
    const file = source === null ? null : await mediumOf(source);
    return this.#client.call(
      async (attempt) => {
        const form = formOf<BodyPostMedia>({ ...fields, file }, attempt.signal);
        const answer = checked(await postMedia({ ...attempt, ...form }), "media_id", "degraded");
        return { data: { post: answer.data, created: answer.response.status === 201 } };
      },
      options,
      file?.bytes,
    );
  }

  /** A stored post; null if there is none, or in the legacy collection alone. */
  async get(mediaId: string, options: CallOptions = {}): Promise<Post | null> {
    const path = { media_id: pathId("mediaId", mediaId) };
    const found = this.#client.call(
      async (attempt) => checked(await getMedia({ ...attempt, path }), "media_id"),
      options,
    );
    return noneIfNotFound(found, null);
  }

  /** Changes counters, date, caption or URL; another caption gives the post another text vector. */
  async update(mediaId: string, changes: PostChanges, options: CallOptions = {}): Promise<Post> {
    const path = { media_id: pathId("mediaId", mediaId) };
    onlyKnown("a change of a post", changes, CHANGES_FIELDS);
    const body = {
      ...changes,
      likes: finite("likes", changes.likes),
      comments: finite("comments", changes.comments),
      created_at: momentOf("created_at", changes.created_at),
    };
    return this.#client.call(
      async (attempt) => checked(await patchMedia({ ...attempt, path, body }), "media_id"),
      options,
    );
  }

  /**
   * Deletes a post; false if there was none, as after a lost attempt of this call that deleted it.
   * Viewers' events on it stay, and count no more.
   */
  async delete(mediaId: string, options: CallOptions = {}): Promise<boolean> {
    const path = { media_id: pathId("mediaId", mediaId) };
    const deleted = this.#client.call(async (attempt) => {
      await deleteMedia({ ...attempt, path });
      return { data: true };
    }, options);
    return noneIfNotFound(deleted, false);
  }

  /**
   * A small JPEG of a post's picture, or of the frame that stands for its video.
   *
   * Rejects with NotFoundError, which says why, where there is none: a text, or a file not kept.
   */
  async thumbnail(mediaId: string, options: CallOptions = {}): Promise<Uint8Array> {
    const path = { media_id: pathId("mediaId", mediaId) };
    return this.#client.call(async (attempt) => {
      const { data } = await getThumbnail({ ...attempt, path, parseAs: "arrayBuffer" });
      return { data: new Uint8Array(data as ArrayBuffer) };
    }, options);
  }
}

/** A post's fields but for its file; InvalidInputError names what can't be sent. */
function fieldsOf(post: NewPost) {
  onlyKnown("a post", post, POST_FIELDS);
  return {
    media_id: textOf("media_id", post.media_id),
    author_id: textOf("author_id", post.author_id),
    caption: textOf("caption", post.caption),
    created_at: momentOf("created_at", post.created_at),
    likes: finite("likes", post.likes),
    comments: finite("comments", post.comments),
    media_url: textOf("media_url", post.media_url),
  };
}
