/** How to send a batch again after the service refused it, so that each event fails for itself. */

import {
  ConflictError,
  type FeedlensError,
  InvalidRequestError,
  NotFoundError,
  TooLargeError,
} from "../connection/errors.js";
import type { EventRequest } from "../generated/index.js";

interface Group {
  readonly events: readonly EventRequest[];
}

/** Where the service's description of a request puts an event: `body.events.3.kind`. */
const PLACE = /^body\.events\.(\d+)(?:\.|$)/;

/**
 * Parts of the refused batch `groups` to send one after another, or undefined if `error` is the
 * answer to each of them.
 *
 * Groups that the error names go apart, to have errors of their own, after the rest: those that name
 * the same missing posts together, others alone. Where it names none, it takes halves to find them.
 */
export function partsAfter<G extends Group>(
  error: FeedlensError,
  groups: readonly G[],
): readonly (readonly G[])[] | undefined {
  if (groups.length < 2 || !isOfEvents(error)) return undefined;
  const faultOf = faults(error, groups);
  const rest: G[] = [];
  const refused = new Map<string, G[]>();
  for (const group of groups) {
    const fault = faultOf(group);
    const part = fault === undefined ? rest : (refused.get(fault) ?? []);
    part.push(group);
    if (fault !== undefined) refused.set(fault, part);
  }
  if (rest.length === 0) return refused.size === 1 ? undefined : [...refused.values()];
  if (refused.size > 0) return [rest, ...refused.values()];
  const half = groups.length >> 1;
  return [groups.slice(0, half), groups.slice(half)];
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

/** What `error` holds against a group, the same for groups that may be told so together. */
function faults(
  error: FeedlensError,
  groups: readonly Group[],
): (group: Group) => string | undefined {
  const missing = new Set(listed(error.members["media_ids"]));
  const known = new Set(listed(error.members["duplicates"]));
  const all = groups.flatMap(({ events }) => events);
  const misplaced = new Set(placesIn(error).map((place) => all[place]));
  return ({ events }) => {
    const posts = new Set(events.map((event) => event.media_id).filter((id) => missing.has(id)));
    if (posts.size > 0) return JSON.stringify([...posts].sort());
    return events.find((event) => known.has(event.event_id) || misplaced.has(event))?.event_id;
  };
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
