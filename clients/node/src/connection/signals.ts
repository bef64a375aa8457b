/** Signals that end work: several as one, and one for work that heeds none. */

import { onAbort } from "./aborts.js";

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

/** What `work` comes to, or the signal's reason as soon as it is aborted; `work` goes on unheard. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget: () => void = () => undefined;
  const end = new Promise<never>((_resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    forget = onAbort(signal, abort);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    forget();
  }
}
