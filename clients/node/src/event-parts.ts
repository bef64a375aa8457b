/** How to send a batch again after the service refused it, so that each event fails for itself. */

import {
  ConflictError,
  type FeedlensError,
  InvalidRequestError,
  NotFoundError,
  TooLargeError,
} from "./connection/errors.js";
import type { EventRequest } from "./generated/index.js";

interface Group {
  readonly events: readonly EventRequest[];
}

/** Where the service's description of a request puts an event: `body.events.3.kind`. */
const PLACE = /^body\.events\.(\d+)(?:\.|$)/;

/**
 * Parts of the refused batch `groups` to send one after another, or undefined if `error` is the
 * answer to all of it.
 *
 * Groups that the error names go alone, to have errors of their own, after the rest; where it names
 * none, it takes halves to find them.
 */
export function partsAfter<G extends Group>(
  error: FeedlensError,
  groups: readonly G[],
): readonly (readonly G[])[] | undefined {
  if (groups.length < 2 || !isOfEvents(error)) return undefined;
  const isNamed = named(error, groups);
  const refused = groups.filter(isNamed);
  if (refused.length === 0) {
    const half = groups.length >> 1;
    return [groups.slice(0, half), groups.slice(half)];
  }
  const rest = groups.filter((group) => !refused.includes(group));
  return [...(rest.length > 0 ? [rest] : []), ...refused.map((group) => [group])];
}

/** Whether the service said no to what is in the batch, not to whoever sends it. */
function isOfEvents(error: FeedlensError): boolean {
  if (error instanceof NotFoundError) return "media_ids" in error.members;
  return (
    error instanceof InvalidRequestError ||
    error instanceof ConflictError ||
    error instanceof TooLargeError
  );
}

function named(error: FeedlensError, groups: readonly Group[]): (group: Group) => boolean {
  const mediaIds = new Set(listed(error.members["media_ids"]));
  const eventIds = new Set(listed(error.members["duplicates"]));
  const all = groups.flatMap(({ events }) => events);
  const misplaced = new Set(placesIn(error).map((place) => all[place]));
  return ({ events }) =>
    events.some(
      (event) =>
        mediaIds.has(event.media_id) || eventIds.has(event.event_id) || misplaced.has(event),
    );
}

function placesIn(error: FeedlensError): number[] {
  return listed(error.members["errors"]).flatMap((finding) => {
    const { where } = Object(finding) as { where?: unknown };
    const place = typeof where === "string" ? PLACE.exec(where)?.[1] : undefined;
    return place === undefined ? [] : [Number(place)];
  });
}

function listed(member: unknown): readonly unknown[] {
  return Array.isArray(member) ? member : [];
}
