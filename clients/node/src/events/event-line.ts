/** The line in which events wait, and what goes from it into one request. */

import type { EventGroup } from "./event-group.js";

/** First come, first served, but for what does not fit into a batch any more. */
export class EventLine {
  readonly #groups = new Set<EventGroup>();
  #events = 0;

  /** How many events wait. */
  get events(): number {
    return this.#events;
  }

  get groups(): readonly EventGroup[] {
    return [...this.#groups];
  }

  /** When the first of them are to be sent; undefined if none wait. */
  get dueMs(): number | undefined {
    const [first] = this.#groups;
    return first?.dueMs;
  }

  add(group: EventGroup): void {
    this.#groups.add(group);
    this.#events += group.events.length;
  }

  remove(group: EventGroup): void {
    if (this.#groups.delete(group)) this.#events -= group.events.length;
  }

  /** Takes out what goes next, up to `most` events: each id once, as the service has it. */
  take(most: number): readonly EventGroup[] {
    const batch: EventGroup[] = [];
    const ids = new Set<string>();
    for (const group of this.#groups) {
      if (ids.size === most) break;
      const fits = ids.size + group.events.length <= most;
      if (!fits || group.events.some(({ event_id }) => ids.has(event_id))) continue;
      for (const { event_id } of group.events) ids.add(event_id);
      batch.push(group);
      this.remove(group);
    }
    return batch;
  }
}
