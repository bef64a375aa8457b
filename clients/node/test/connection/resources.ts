/** What the process has open, as Linux tells it. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 20_000;

/** What each of the process's file descriptors leads to: paths, and `socket:[…]`. */
export function openFiles(): string[] {
  const folder = "/proc/self/fd";
  return readdirSync(folder).flatMap((number) => {
    try {
      return [readlinkSync(`${folder}/${number}`)];
    } catch {
      return []; // the folder's own, which is closed by now
    }
  });
}

/** How many of the process's sockets lead to a server on this machine, itself included. */
export function connectionsTo(url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  const mine = new Set(openFiles());
  return readFileSync("/proc/self/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[2]?.endsWith(`:${port}`) && mine.has(`socket:[${fields[9] ?? ""}]`))
    .length;
}

/** Resolves once the condition holds; fails the test if it does not within 20 s. */
export async function settled(condition: () => boolean): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(performance.now() < untilMs, `still open: ${openFiles().join(" ")}`);
    await sleep(10);
  }
}
