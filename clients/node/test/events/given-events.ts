/** Events for tests, and a wait for them that is not over while a test runs. */

import type { ViewerEvent } from "../../src/index.js";

/** So long that only a full batch, `flush()` or `close()` sends anything. */
export const NEVER = { maxWaitMs: 600_000 };

export function event(event_id: string, more: Partial<ViewerEvent> = {}): ViewerEvent {
  return {
    event_id,
    user_id: "u",
    media_id: "m",
    kind: "like",
    at: "2026-01-01T00:00:00Z",
    ...more,
  };
}

export function numbered(count: number): ViewerEvent[] {
  return Array.from({ length: count }, (_, number) => event(`e${number}`));
}
