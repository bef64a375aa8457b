/** `npm start`: serves until SIGINT or SIGTERM, then ends in order. */

import { setTimeout as sleep } from "node:timers/promises";

import { buildApp } from "./app.js";
import { connect, disconnect } from "./services.js";
import { settingsFrom } from "./settings.js";

/** What the last answers have to reach those who wait. */
const GOODBYE_MS = 500;

const settings = settingsFrom(process.env);
const services = connect(settings);
const app = await buildApp(services, settings);
let ended: Promise<void> | undefined;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
await app.listen({ host: settings.host, port: settings.port });

/** Once, though a terminal's Ctrl-C may come from npm too. */
function end(signal: NodeJS.Signals): void {
  ended ??= endInOrder(signal);
}

/** Takes no more requests, answers those under way, and sends what waits. */
async function endInOrder(signal: NodeJS.Signals): Promise<void> {
  app.log.info(`${signal}: ending within ${settings.shutdownMs} ms`);
  const late = setTimeout(() => {
    void endAtOnce();
  }, settings.shutdownMs);
  await app.close();
  clearTimeout(late);
  await disconnect(services, settings.shutdownMs);
}

/** Those who wait for Feedlens are told to come again; uploads that still come in are cut off. */
async function endAtOnce(): Promise<void> {
  app.log.error("requests are still under way; leaving them");
  await disconnect(services, 0);
  await sleep(GOODBYE_MS);
  app.server.closeAllConnections();
}
