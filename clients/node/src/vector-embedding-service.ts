/** Vectors of pictures, videos and captions. */

import {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
} from "./connection/feedlens-client.js";
import {
  type BodyEmbedImage,
  type BodyExtractMultimodal,
  embedImage,
  extractMultimodal,
  type MultimodalAnswer,
} from "./generated/index.js";
import { formOf } from "./connection/multipart.js";
import { type MediaSource, mediumOf } from "./media-source.js";

/** What the models made of an upload; its vectors are of unit norm. */
export type MultimodalEmbedding = MultimodalAnswer;

export class VectorEmbeddingService {
  readonly #client: FeedlensClient;

  constructor(client: FeedlensClient | ClientOptions = {}) {
    this.#client = client instanceof FeedlensClient ? client : new FeedlensClient(client);
  }

  /** Vectors, OCR text, alignment and content type of a picture or a video and its caption. */
  async generateMultiModalEmbedding(
    pathOrBuffer: MediaSource,
    caption?: string | null,
    options: CallOptions = {},
  ): Promise<MultimodalEmbedding> {
    const file = await mediumOf(pathOrBuffer);
    return this.#client.call(
      (attempt) =>
        extractMultimodal({
          ...attempt,
          ...formOf<BodyExtractMultimodal>({ file, caption }, attempt.signal),
        }),
      options,
      file.bytes,
    );
  }

  /** The old system's ViT vector of a picture: 768 numbers of unit norm. */
  async generateImageEmbedding(
    pathOrBuffer: MediaSource,
    options: CallOptions = {},
  ): Promise<number[]> {
    const file = await mediumOf(pathOrBuffer);
    const answer = await this.#client.call(
      (attempt) => embedImage({ ...attempt, ...formOf<BodyEmbedImage>({ file }, attempt.signal) }),
      options,
      file.bytes,
    );
    return answer.embedding;
  }
}
