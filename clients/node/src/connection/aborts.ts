/**
 * A caller's AbortSignal, heard by one listener of ours however many calls share it.
 *
 * Node 20 warns of a leak from the eleventh listener on, and a signal of a whole process collects
 * every listener that is not taken off.
 */

import { AbortedError, InvalidInputError } from "./errors.js";

interface Audience {
  readonly acts: Set<() => void>;
  readonly listener: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/** Has `act` called once when the signal is aborted from now on; what it returns takes that back. */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const audience = audiences.get(signal) ?? gathered(signal);
  const own = () => {
    act(); // a function of its own for each call: one may be given more than once
  };
  audience.acts.add(own);
  return () => {
    audience.acts.delete(own);
    if (audience.acts.size === 0 && audiences.get(signal) === audience) leave(signal, audience);
  };
}

function gathered(signal: AbortSignal): Audience {
  const acts = new Set<() => void>();
  const listener = () => {
    const called = [...acts];
    leave(signal, audience);
    for (const act of called) act();
  };
  const audience = { acts, listener };
  audiences.set(signal, audience);
  signal.addEventListener("abort", listener);
  return audience;
}

function leave(signal: AbortSignal, audience: Audience): void {
  audience.acts.clear();
  audiences.delete(signal);
  signal.removeEventListener("abort", audience.listener);
}

/** Throws AbortedError if the signal says so already, InvalidInputError if it is none. */
export function throwIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal === undefined) return;
  const given: unknown = signal;
  const isOne = typeof given === "object" && given !== null && "aborted" in given;
  if (!isOne || typeof signal.addEventListener !== "function") {
    throw new InvalidInputError("the option signal is no AbortSignal");
  }
  if (signal.aborted) throw aborted(doing, signal.reason);
}

/** The caller's own word; `reason` is the signal's. */
export function aborted(doing: string, reason: unknown): AbortedError {
  return new AbortedError(`${doing}: aborted by the caller`, reason);
}
