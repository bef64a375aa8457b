/** Events of one call that are written together, or not at all. */

import type { EventRequest, EventsAnswer } from "../generated/index.js";

/** From the call that gives them until they are written, or given up. */
export class EventGroup {
  /** Counts of the request that wrote them. */
  readonly outcome: Promise<EventsAnswer>;
  /** Called when they are given up by `leave()`. */
  onLeave: (() => void) | undefined;
  #settled = false;
  #resolve!: (answer: EventsAnswer) => void;
  #reject!: (error: unknown) => void;

  /** @param dueMs when they are sent at the latest, by `performance.now()`. */
  constructor(
    readonly events: readonly EventRequest[],
    public dueMs: number,
  ) {
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.outcome.catch(() => undefined); // whoever waits for it hears of it as well
  }

  /** Whether nobody waits for them any more. */
  get settled(): boolean {
    return this.#settled;
  }

  resolve(answer: EventsAnswer): void {
    this.#settled = true;
    this.#resolve(answer);
  }

  reject(error: unknown): void {
    this.#settled = true;
    this.#reject(error);
  }

  /** Gives them up with `error`, unless they are settled. */
  leave(error: unknown): void {
    if (this.#settled) return;
    this.reject(error);
    this.onLeave?.();
  }
}
