/** What a caller stores with vectors of their own, as PUT /v1/media/{id}/vectors takes it. */

import { InvalidInputError } from "../connection/errors.js";
import type { FingerprintsRequest, VectorsPut } from "../generated/index.js";
import { momentOf, onlyKnown } from "../inputs/arguments.js";
import { finite } from "../inputs/numbers.js";
import { componentsOf, makerOf, type Modality, type VectorInput } from "../inputs/vectors.js";

/**
 * A post beside its vectors; a new one needs `author_id`. Of a stored one the vectors alone change,
 * and who wrote it and what it says must be the same where they are given.
 */
export interface VectorPayload {
  /** The same as the argument `mediaId`, where a payload of old has it. */
  readonly media_id?: string | null | undefined;
  /** Whose post it is; a new post needs one. */
  readonly author_id?: string | null | undefined;
  /** What the author wrote. */
  readonly caption?: string | null | undefined;
  /** The text in the picture, such as `ocr_text` of generateMultiModalEmbedding. */
  readonly ocr_text?: string | null | undefined;
  /** As generateMultiModalEmbedding says it. */
  readonly content_type?: VectorsPut["content_type"];
  /** Text with its offset from UTC (ISO 8601); now, if left out. */
  readonly created_at?: string | Date | null | undefined;
  /** Those that it has elsewhere; 0 if left out. */
  readonly likes?: number | null | undefined;
  /** Those that it has elsewhere; 0 if left out. */
  readonly comments?: number | null | undefined;
  /** Where the medium can be fetched again. */
  readonly media_url?: string | null | undefined;
  /** Which models made the vectors; known of arrays that this package resolved with. */
  readonly fingerprints?: FingerprintsRequest | null | undefined;
}

const FIELDS = {
  media_id: true,
  author_id: true,
  caption: true,
  ocr_text: true,
  content_type: true,
  created_at: true,
  likes: true,
  comments: true,
  media_url: true,
  fingerprints: true,
} as const satisfies Record<keyof VectorPayload, true>;

const SIDES = { visual: true, text: true } as const satisfies Record<Modality, true>;

/** The request's body; InvalidInputError for what the service would not take or misunderstand. */
export function vectorsPut(
  mediaId: string,
  visual: VectorInput | null | undefined,
  text: VectorInput | null | undefined,
  payload: VectorPayload,
): VectorsPut {
  onlyKnown("a payload", payload, FIELDS);
  const { media_id, fingerprints, created_at, ...post } = payload;
  if ((media_id ?? mediaId) !== mediaId) {
    throw new InvalidInputError(`the payload's media_id is not that of the call`);
  }
  onlyKnown("fingerprints", fingerprints ?? {}, SIDES);
  if (!visual && !text) throw new InvalidInputError("give a visual vector, a text one, or both");
  return {
    ...withoutNull({
      ...post,
      likes: finite("likes", post.likes),
      comments: finite("comments", post.comments),
      created_at: momentOf("created_at", created_at),
    }),
    ...sideOf("visual", visual),
    ...sideOf("text", text),
    fingerprints: {
      ...(visual && { visual: fingerprints?.visual ?? knownMaker("visual", visual) }),
      ...(text && { text: fingerprints?.text ?? knownMaker("text", text) }),
    },
  };
}

function sideOf(side: Modality, vector: VectorInput | null | undefined) {
  return vector ? { [side]: componentsOf(side, vector) } : {};
}

function knownMaker(side: Modality, vector: VectorInput): string {
  const fingerprint = makerOf(vector);
  if (fingerprint !== undefined) return fingerprint;
  throw new InvalidInputError(
    `which model made the ${side} vector is not known, as it is no array that this package gave; ` +
      `say it in the payload: fingerprints: { ${side}: result.models.${side}.fingerprint } of ` +
      `generateMultiModalEmbedding, or post.model_fingerprint.${side} of a stored post`,
  );
}

type NotNull<T> = { [Name in keyof T]?: Exclude<T[Name], null | undefined> };

/** Without what is null, which means the same as left out, but for counters, which refuse it. */
function withoutNull<T extends object>(fields: T): NotNull<T> {
  const held = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(held) as NotNull<T>;
}
