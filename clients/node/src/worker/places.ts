/** Places for jobs: so many at a time, first come first served, and one at a time for each key. */

import { aborted, onAbort, throwIfAborted } from "../connection/aborts.js";

const WAITING = "waiting for a place";

interface Waiting {
  readonly key: string;
  readonly enter: () => void;
}

export class Places {
  readonly #places: number;
  readonly #busy = new Set<string>();
  readonly #line = new Set<Waiting>();

  constructor(places: number) {
    this.#places = places;
  }

  get waiting(): number {
    return this.#line.size;
  }

  get taken(): number {
    return this.#busy.size;
  }

  /**
   * Resolves once a place is free and nobody else is in one with the same key; to the function that
   * gives the place back, once. An abort takes the caller out of the line, with AbortedError.
   */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    throwIfAborted(signal, WAITING);
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        forget();
        resolve();
      };
      const waiting = { key, enter };
      const forget = onAbort(signal, () => {
        this.#line.delete(waiting);
        reject(aborted(WAITING, signal.reason));
      });
      this.#line.add(waiting);
      this.#admit();
    });
    return () => {
      this.#busy.delete(key);
      this.#admit();
    };
  }

  #admit(): void {
    for (const waiting of this.#line) {
      if (this.#busy.size >= this.#places) return;
      if (this.#busy.has(waiting.key)) continue;
      this.#line.delete(waiting);
      this.#busy.add(waiting.key);
      waiting.enter();
    }
  }
}
