/** A batch on its way: every group of it is settled for itself. */

import { checked } from "../connection/answer-members.js";
import { bounded, LONGEST_MS } from "../connection/bounds.js";
import { FeedlensError } from "../connection/errors.js";
import type { CallOptions, FeedlensClient } from "../connection/feedlens-client.js";
import { INTERACTIVE, policyWith } from "../connection/retries.js";
import { type EventsAnswer, postEvents } from "../generated/index.js";
import type { EventGroup } from "./event-group.js";
import { partsAfter } from "./event-parts.js";

/** Of a request; what is left out is the client's. */
export type DeliveryOptions = Pick<CallOptions, "timeoutMs" | "retries">;

/** What of the options is a request's; InvalidInputError names an option that can't be used. */
export function deliveryOf({ timeoutMs, retries }: DeliveryOptions): DeliveryOptions {
  policyWith(INTERACTIVE, retries);
  if (timeoutMs !== undefined) bounded("timeoutMs", timeoutMs, { least: 1, most: LONGEST_MS });
  return { timeoutMs, retries };
}

/** Settles all groups, by one request or by more where some are refused; never rejects. */
export async function deliver(
  client: FeedlensClient,
  batch: readonly EventGroup[],
  options: DeliveryOptions,
): Promise<void> {
  const groups = batch.filter((group) => !group.settled);
  if (groups.length === 0) return;
  let parts: ReturnType<typeof partsAfter<EventGroup>>;
  try {
    const answer = await post(client, groups, options);
    for (const group of groups) group.resolve(answer);
  } catch (error) {
    parts = error instanceof FeedlensError ? partsAfter(error, groups) : undefined;
    if (parts === undefined) for (const group of groups) group.reject(error);
  }
  for (const part of parts ?? []) await deliver(client, part, options);
}

/** One request, repeated as the policy has it, which ends when nobody waits for it any more. */
async function post(
  client: FeedlensClient,
  groups: readonly EventGroup[],
  options: DeliveryOptions,
): Promise<EventsAnswer> {
  const ending = new AbortController();
  const leave = () => {
    if (groups.every((group) => group.settled)) ending.abort();
  };
  for (const group of groups) group.onLeave = leave;
  const body = { events: groups.flatMap((group) => group.events) };
  return client.call(
    async (attempt) => {
      const answer = await postEvents({ ...attempt, body, query: { on_duplicate: "skip" } });
      return checked(answer, "accepted", "skipped");
    },
    { ...options, signal: ending.signal },
  );
}
