/** What viewers did, as callers give it and as it is sent. */

import { randomUUID } from "node:crypto";

import { InvalidInputError } from "../connection/errors.js";
import type { EventRequest } from "../generated/index.js";
import { idOf, momentOf, onlyKnown } from "../inputs/arguments.js";
import { finite } from "../inputs/numbers.js";

/** What a viewer can do with a post, such as "view", "like" or "hide". */
export type EventKind = EventRequest["kind"];

/** Something that a viewer did with a post. */
export interface ViewerEvent {
  /** Made up, if left out. Give your own, so that an event that you send again counts once. */
  readonly event_id?: string | undefined;
  /** Whoever did it, by an id of the caller's; nobody has to be registered. */
  readonly user_id: string;
  /** A stored post. */
  readonly media_id: string;
  /** What they did. */
  readonly kind: EventKind;
  /** In the kind's own unit, such as seconds of a dwell. */
  readonly value?: number | null | undefined;
  /** A Date, or text with its offset from UTC (ISO 8601); now, if left out. */
  readonly at?: Date | string | undefined;
}

const FIELDS = {
  event_id: true,
  user_id: true,
  media_id: true,
  kind: true,
  value: true,
  at: true,
} as const satisfies Record<keyof ViewerEvent, true>;

/**
 * The events as they are sent, however often that is: ids and moments are fixed here.
 *
 * Rejects what JSON would change without a word, and what one look can tell.
 */
export function eventRequests(events: unknown): EventRequest[] {
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidInputError("events must be a list of one event or more");
  }
  const requests = events.map((event, number) => requestOf(`events[${number}]`, event));
  const ids = new Set<string>();
  for (const { event_id } of requests) {
    if (ids.has(event_id)) {
      throw new InvalidInputError(`event_id ${JSON.stringify(event_id)} stands twice in the list`);
    }
    ids.add(event_id);
  }
  return requests;
}

function requestOf(name: string, event: unknown): EventRequest {
  onlyKnown(name, event, FIELDS);
  const { event_id, user_id, media_id, kind, value, at } = event as Readonly<
    Record<string, unknown>
  >;
  return {
    event_id: idOf(`${name}.event_id`, event_id ?? randomUUID()),
    user_id: idOf(`${name}.user_id`, user_id),
    media_id: idOf(`${name}.media_id`, media_id),
    kind: idOf(`${name}.kind`, kind) as EventKind,
    value: finite(`${name}.value`, value),
    at: momentOf(`${name}.at`, at) ?? new Date().toISOString(),
  };
}
