/** A host with all that a download may meet, for the tests of a file. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { FeedlensError } from "../../src/connection/errors.js";
import { download, type DownloadPolicy } from "../../src/downloads/download.js";
import {
  body,
  broken,
  dripping,
  endless,
  head,
  type MediaServer,
  mute,
  redirect,
  reset,
  resetOpen,
  serveMedia,
  stalling,
  unfinished,
} from "./media-server.js";

/** What may be downloaded from here. */
export const LOOPBACK: DownloadPolicy = {
  allowedHosts: ["127.0.0.1", "localhost"],
  privateNetworks: ["127.0.0.0/8", "::1/128"],
  maxBytes: 100_000,
};
/** Where downloads of a test lie; there is nothing in it before and after. */
export let folder: string;
/** A host of media, good ones and bad ones. */
export let server: MediaServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "downloads-"));
  server = await serveMedia({
    "/cat.jpg": body("a cat"),
    "/empty": body(""),
    "/limit": body(new Uint8Array(100_000)),
    "/endless": endless,
    "/dripping": dripping,
    "/mute": mute,
    "/stalling": stalling,
    "/broken": broken,
    "/unfinished": unfinished,
    "/reset": reset,
    "/reset-open": resetOpen,
    "/stalling-open": async (connection) => {
      connection.write(head("200 OK"));
      connection.write("x");
      await once(connection, "close");
    },
    "/silent-end": () => undefined,
    "/no-http": (connection) => void connection.write("SSH-2.0-OpenSSH_9.2\r\n"),
    "/upgrade": (connection) =>
      void connection.write(
        head("101 Switching Protocols", { Connection: "Upgrade", Upgrade: "x" }),
      ),
    "/early-hints": (connection) => {
      connection.write(head("103 Early Hints"));
      return body("a cat")(connection);
    },
    "/lying": body(new Uint8Array(200_000), "200 OK", { "Content-Length": 200_000 }),
    "/zipped": body("\x1f\x8b", "200 OK", { "Content-Encoding": "gzip" }),
    "/part": body("a c", "206 Partial Content"),
    "/nothing": body("", "204 No Content"),
    "/forbidden": body("no", "403 Forbidden"),
    "/not-modified": redirect("/cat.jpg", "304 Not Modified"),
    "/no-location": body("", "302 Found"),
    "/busy": body("", "503 Service Unavailable", { "Retry-After": 7 }),
    "/too-many": body("", "429 Too Many Requests"),
    "/down": body("", "500 Internal Server Error"),
    "/relative": redirect("/cat.jpg", "308 Permanent Redirect"),
    "/circle": redirect("/circle"),
    "/to-file": redirect("file:///etc/passwd"),
    "/to-metadata": redirect("http://169.254.169.254/latest/meta-data"),
    "/to-other-host": redirect("//evil.example/cat.jpg?key=secret"),
    "/to-credentials": redirect("http://ann:secret@127.0.0.1/cat.jpg"),
    "/nowhere": redirect("http://[::1"),
    "/script": redirect("javascript:alert(1)"),
    "/to-closed": redirect("http://127.0.0.1:1/cat.jpg"),
  });
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** What a download of `url` rejects with; nothing is left of it. */
export async function failure(
  url: string,
  changes: DownloadPolicy = {},
  signal?: AbortSignal,
): Promise<FeedlensError> {
  const error: unknown = await download(url, { ...LOOPBACK, ...changes }, { folder, signal }).then(
    () => assert.fail(`${url} was downloaded`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FeedlensError, String(error));
  assert.deepEqual(await readdir(folder), []);
  return error;
}
