/** Vectors that callers bring, and which model made those that they were given. */

import { InvalidInputError } from "../connection/errors.js";

/** Components of a vector. */
export type VectorInput = readonly number[] | Float32Array | Float64Array;

/** The two sides of a post. */
export type Modality = "visual" | "text";

/** Whether a value is meant as a vector. */
export function isVector(value: unknown): value is VectorInput {
  return Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;
}

/**
 * The components as JSON takes them; InvalidInputError where one is no finite number, or where the
 * vector is known to be of another side than `side`.
 */
export function componentsOf(name: string, vector: unknown, side?: Modality): number[] {
  if (!isVector(vector)) {
    throw new InvalidInputError(
      `${name} must be a vector: an array of numbers, a Float32Array or a Float64Array`,
    );
  }
  if (side !== undefined) checkSide(name, vector, side);
  const components = Array.from<number>(vector);
  const wrong = components.findIndex((component) => !Number.isFinite(component));
  if (wrong === -1) return components;
  throw new InvalidInputError(
    `${name}[${wrong}] is ${String(components[wrong])}, no finite number`,
  );
}

/** What a vector that a caller was given tells: which model made it, and of what. */
interface Origin {
  readonly fingerprint: string | undefined;
  readonly side: Modality | "legacy";
}

/** One in a process, as ES modules and CommonJS have each their own modules. */
const ORIGINS = Symbol.for("feedlens.vector.origins");
const shared = globalThis as { [ORIGINS]?: WeakMap<object, Origin> };
const origins = (shared[ORIGINS] ??= new WeakMap());

/** Notes which model made a vector that a caller is given, and for which side. */
export function noteMaker(
  vector: number[] | null | undefined,
  side: Origin["side"],
  fingerprint: string | undefined,
): void {
  if (vector) origins.set(vector, { fingerprint, side });
}

/** The fingerprint of the model that made this very array; undefined for a copy, or a caller's. */
export function makerOf(vector: VectorInput): string | undefined {
  return origins.get(vector)?.fingerprint;
}

/**
 * Refuses a vector that this package gave for another side: those of the old ViT have as many
 * numbers as a text model's, so that nobody else would notice.
 */
function checkSide(name: string, vector: VectorInput, side: Modality): void {
  const made = origins.get(vector)?.side;
  if (made === undefined || made === side) return;
  throw new InvalidInputError(`${name} must be a ${side} vector; this one is a ${made} one`);
}
