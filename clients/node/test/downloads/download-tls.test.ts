/** TLS: a checked address is connected to, and the certificate is still asked for by name. */

import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { body, type MediaServer, redirect, serveMedia } from "./media-server.js";

const DOWNLOAD_ONE = fileURLToPath(new URL("download-one.ts", import.meta.url));
// It makes the certificate.
const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "no openssl here";
const run = promisify(execFile);
let folder: string;
let server: MediaServer;

before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), "certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=media.example", "-addext", "subjectAltName=DNS:media.example"];
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject];
  execFileSync("openssl", [...made, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const answers = {
    "/cat.jpg": body("a cat"),
    "/out": redirect("http://media.example/cat.jpg"),
  };
  server = await serveMedia(answers, { key: await readFile(key), cert: await readFile(cert) });
});

after(async () => {
  if (skip !== false) return;
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** What downloads come to, where the certificate is trusted or not. */
async function downloaded(trusted: boolean, ...urls: string[]): Promise<unknown[]> {
  const env = { ...process.env, ...(trusted && { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") }) };
  const { stdout } = await run(process.execPath, ["--import", "tsx", DOWNLOAD_ONE, ...urls], {
    env,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

test(
  "the certificate is that of the name, and TLS is not left by a redirect",
  { skip },
  async () => {
    const [media, other] = ["media.example", "other.example"].map((host) =>
      server.url("/cat.jpg", host),
    );
    const out = server.url("/out", "media.example");
    assert.deepEqual(await downloaded(true, media ?? "", other ?? "", out), [
      { bytes: 5 },
      {
        type: "urn:feedlens:client:connection",
        message:
          `${other}: Hostname/IP does not match certificate's altnames: Host: other.example. is not ` +
          "in the cert's altnames: DNS:media.example (ERR_TLS_CERT_ALTNAME_INVALID)",
      },
      {
        type: "urn:feedlens:client:download-redirect-refused",
        message: `${out} redirects to http://media.example/cat.jpg: from https to http`,
      },
    ]);
  },
);

test("a certificate that nobody vouches for is refused", { skip }, async () => {
  const url = server.url("/cat.jpg", "media.example");
  const [found] = (await downloaded(false, url)) as { message: string }[];
  assert.match(found?.message ?? "", /self-signed certificate.* \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
});
