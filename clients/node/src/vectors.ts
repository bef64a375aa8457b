/** Vectors that callers bring, and which model made those that they were given. */

import { InvalidInputError } from "./connection/errors.js";

/** Components of a vector. */
export type VectorInput = readonly number[] | Float32Array | Float64Array;

/** The two sides of a post. */
export type Modality = "visual" | "text";

/** Whether a value is meant as a vector. */
export function isVector(value: unknown): value is VectorInput {
  return Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;
}

/** The components as JSON takes them; InvalidInputError where one is no finite number. */
export function componentsOf(name: string, vector: unknown): number[] {
  if (!isVector(vector)) {
    throw new InvalidInputError(
      `${name} must be a vector: an array of numbers, a Float32Array or a Float64Array`,
    );
  }
  const components = Array.from<number>(vector);
  const wrong = components.findIndex((component) => !Number.isFinite(component));
  if (wrong === -1) return components;
  throw new InvalidInputError(
    `${name}[${wrong}] is ${String(components[wrong])}, no finite number`,
  );
}

/** One in a process, as ES modules and CommonJS have each their own modules. */
const MAKERS = Symbol.for("feedlens.vector.makers");
const shared = globalThis as { [MAKERS]?: WeakMap<object, string> };
const makers = (shared[MAKERS] ??= new WeakMap());

/** Notes which model made a vector that a caller is given. */
export function noteMaker(
  vector: number[] | null | undefined,
  fingerprint: string | undefined,
): void {
  if (vector && fingerprint !== undefined) makers.set(vector, fingerprint);
}

/** The fingerprint of the model that made this very array; undefined for a copy, or a caller's. */
export function makerOf(vector: VectorInput): string | undefined {
  return makers.get(vector);
}
