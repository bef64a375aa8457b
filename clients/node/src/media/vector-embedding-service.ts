/** Vectors of pictures, videos and captions, and the text in them. */

import { checked } from "../connection/answer-members.js";
import {
  type CallOptions,
  type ClientOptions,
  FeedlensClient,
} from "../connection/feedlens-client.js";
import {
  type BodyEmbedImage,
  type BodyExtractMultimodal,
  type BodyExtractOcr,
  embedImage,
  extractMultimodal,
  extractOcr,
  type ModelAnswer,
  type MultimodalAnswer,
  type OcrAnswer,
} from "../generated/index.js";
import { textOf } from "../inputs/arguments.js";
import { type MediaSource, mediumOf } from "../inputs/media-source.js";
import { formOf } from "../inputs/multipart.js";
import { type Modality, noteMaker } from "../inputs/vectors.js";

/** What the models made of an upload; its vectors are of unit norm, `models` says whose they are. */
export interface MultimodalEmbedding extends MultimodalAnswer {
  /** Which model made the vector of either side; its `fingerprint` goes with a copy of the vector. */
  models: Record<Modality, ModelAnswer>;
}

/** The text of a picture or a video, line by line in reading order. */
export type ExtractedText = OcrAnswer;

/**
 * Analyses media without storing them.
 *
 * All reject with InvalidInputError for a file that can't be read, UndecodableMediaError for one
 * that is no picture and no video, TooLargeError, and UnavailableError where a model is away.
 */
export class VectorEmbeddingService {
  readonly #client: FeedlensClient;

  /** @param client which services may share, or the options of one of its own. */
  constructor(client: FeedlensClient | ClientOptions = {}) {
    this.#client = FeedlensClient.of(client);
  }

  /**
   * Vectors, OCR text, alignment and content type of a picture or a video and its caption.
   *
   * `visual_embedding` has 512 numbers; `text_embedding` as many as the text model's, 768 of
   * all-mpnet-base-v2, or is null where there is neither a caption nor text in the picture. What a
   * model failed to give is null and named in `degraded`.
   */
  async generateMultiModalEmbedding(
    pathOrBuffer: MediaSource,
    caption?: string | null,
    options: CallOptions = {},
  ): Promise<MultimodalEmbedding> {
    const text = textOf("caption", caption);
    const file = await mediumOf(pathOrBuffer);
    const answer = await this.#client.call(
      async (attempt) => {
        const form = formOf<BodyExtractMultimodal>({ file, caption: text }, attempt.signal);
        return checked(await extractMultimodal({ ...attempt, ...form }), "models");
      },
      options,
      file.bytes,
    );
    const { models } = answer;
    noteMaker(answer.visual_embedding, "visual", models["visual"]?.fingerprint);
    noteMaker(answer.text_embedding, "text", models["text"]?.fingerprint);
    return answer as MultimodalEmbedding;
  }

  /** The old system's ViT vector of a picture: 768 numbers of unit norm. */
  async generateImageEmbedding(
    pathOrBuffer: MediaSource,
    options: CallOptions = {},
  ): Promise<number[]> {
    const file = await mediumOf(pathOrBuffer);
    const { embedding, model } = await this.#client.call(
      async (attempt) => {
        const form = formOf<BodyEmbedImage>({ file }, attempt.signal);
        return checked(await embedImage({ ...attempt, ...form }), "embedding", "model");
      },
      options,
      file.bytes,
    );
    noteMaker(embedding, "legacy", model.fingerprint);
    return embedding;
  }

  /** The text in a picture or a video, with its lines, their confidences and boxes. */
  async extractText(pathOrBuffer: MediaSource, options: CallOptions = {}): Promise<ExtractedText> {
    const file = await mediumOf(pathOrBuffer);
    return this.#client.call(
      async (attempt) => {
        const form = formOf<BodyExtractOcr>({ file }, attempt.signal);
        return checked(await extractOcr({ ...attempt, ...form }), "ocr_text", "lines");
      },
      options,
      file.bytes,
    );
  }
}
