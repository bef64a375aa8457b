/** Several reasons to end, as one signal. */

import { onAbort } from "../connection/aborts.js";

export interface Joined {
  /** Aborted with the first of the signals that is, and with its reason. */
  readonly signal: AbortSignal;
  /** Leaves nothing of it on the signals. */
  readonly leave: () => void;
}

/** In place of AbortSignal.any, which Node 20 keeps as long as a signal that outlives it. */
export function joined(...signals: readonly (AbortSignal | undefined)[]): Joined {
  const ending = new AbortController();
  const leaves = signals.map((signal) => {
    const abort = () => {
      ending.abort(signal?.reason);
    };
    if (signal?.aborted) abort();
    return onAbort(signal, abort);
  });
  const leave = () => {
    for (const one of leaves) one();
  };
  return { signal: ending.signal, leave };
}
