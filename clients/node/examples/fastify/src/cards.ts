/** What a browser shows of a post. */

import type { MediaService, Post } from "@feedlens/client";

/** Null where the post went in between, or is in the old system alone. */
export interface Card {
  readonly author_id: string | null;
  readonly caption: string | null;
  readonly content_type: string | null;
  readonly thumbnail: string | null;
}

/**
 * The items with what to show of their posts.
 *
 * Feeds name posts; what is in them, a backend with a database of its own would read there.
 */
export async function withCards<Item extends { readonly media_id: string }>(
  items: readonly Item[],
  media: MediaService,
  signal: AbortSignal,
): Promise<(Item & Card)[]> {
  return Promise.all(
    items.map(async (item) => ({ ...item, ...cardOf(await media.get(item.media_id, { signal })) })),
  );
}

/** Where a small picture of the post is; null of a text. */
export function pictureOf(post: Post | null): string | null {
  if (post === null || post.media_type === "text") return null;
  return `/posts/${encodeURIComponent(post.media_id)}/thumbnail`;
}

function cardOf(post: Post | null): Card {
  return {
    author_id: post?.author_id ?? null,
    caption: post?.caption ?? null,
    content_type: post?.content_type ?? null,
    thumbnail: pictureOf(post),
  };
}
