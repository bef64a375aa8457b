/** The real stack that live tests run on, and what they may do to it. */

import assert from "node:assert/strict";

/** Where its orchestrator answers; every client in live tests takes it from the environment. */
export const url = required("EMBEDDING_SERVER_URL");

export type Command =
  | "start-orchestrator"
  | "kill-orchestrator"
  | "restart-orchestrator"
  | "kill-triton"
  | "start-triton"
  | "rollout";

/** Does it, and resolves when it is done: a process that was started answers. */
export async function control(
  command: Command,
  arguments_: Readonly<Record<string, string>> = {},
): Promise<void> {
  const query = new URLSearchParams(arguments_).toString();
  const address = `${required("FEEDLENS_CONTROL_URL")}/${command}?${query}`;
  const answer = await fetch(address, { method: "POST" });
  assert.equal(answer.status, 200, await answer.text());
}

/** An id that no other test and no other run has. */
export function unique(name: string): string {
  return `${name}-${crypto.randomUUID()}`;
}

function required(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; start: python -m tests.support.live_stack`);
  return value;
}
