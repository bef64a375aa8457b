/** Pictures that no other upload has, so that nothing known of them stands in for the models. */

import { createHash } from "node:crypto";

const SIDE = 32;
const HEAD_BYTES = 54;

/** A BMP of 32 × 32 pixels of noise, the same for the same name. */
export function pictureOf(name: string): Uint8Array {
  const pixels = createHash("shake256", { outputLength: SIDE * SIDE * 3 })
    .update(name)
    .digest();
  const head = Buffer.alloc(HEAD_BYTES);
  head.write("BM");
  head.writeUInt32LE(HEAD_BYTES + pixels.length, 2);
  head.writeUInt32LE(HEAD_BYTES, 10); // where the pixels begin
  head.writeUInt32LE(40, 14); // bytes of the rest of the head
  head.writeInt32LE(SIDE, 18);
  head.writeInt32LE(SIDE, 22);
  head.writeUInt16LE(1, 26); // planes
  head.writeUInt16LE(24, 28); // bits of a pixel
  head.writeUInt32LE(pixels.length, 34);
  return Buffer.concat([head, pixels]);
}
