/**
 * multipart/form-data as a stream of known length (RFC 7578).
 *
 * Node's own encoding of a FormData ends the process with an uncaught ERR_INVALID_STATE when such a
 * request is aborted (seen on 24.19).
 */

import { randomUUID } from "node:crypto";

import type { Medium } from "./media-source.js";

/** What a form's field may hold; one that is null or undefined is left out. */
export type Field = string | number | boolean | Date | Medium | null | undefined;

/** A form's fields, by the names that the generated type of its body has. */
export type Fields<Body> = { readonly [Name in keyof Body]: Field };

/** What makes a function of the generated client send a form, in place of its own encoding. */
export interface Form<Body> {
  readonly body: Body;
  readonly bodySerializer: () => ReadableStream<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
  readonly duplex: "half";
}

/** A form that can be sent once; `signal` is the attempt's, whose end closes what is being read. */
export function formOf<Body>(fields: Fields<Body>, signal: AbortSignal): Form<Body> {
  const boundary = `feedlens-${randomUUID()}`;
  const parts: (Uint8Array | Medium)[] = [];
  for (const [name, value] of Object.entries<Field>(fields)) {
    if (value === null || value === undefined) continue;
    parts.push(encoded(`--${boundary}\r\n${headOf(name, value)}\r\n\r\n`));
    parts.push(isMedium(value) ? value : encoded(textOf(value)), encoded("\r\n"));
  }
  parts.push(encoded(`--${boundary}--\r\n`));
  const bytes = parts.reduce((sum, part) => sum + (isMedium(part) ? part.bytes : part.length), 0);
  return {
    body: fields as Body, // told to the type checker alone: the serializer below has them
    bodySerializer: () => ReadableStream.from(piecesOf(parts, signal)),
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": String(bytes),
    },
    duplex: "half",
  };
}

async function* piecesOf(
  parts: readonly (Uint8Array | Medium)[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (isMedium(part)) yield* part.pieces(signal);
    else yield part;
  }
}

function headOf(name: string, value: string | number | boolean | Date | Medium): string {
  const head = `Content-Disposition: form-data; name="${escaped(name)}"`;
  if (!isMedium(value)) return head;
  return `${head}; filename="${escaped(value.name)}"\r\nContent-Type: application/octet-stream`;
}

function textOf(value: string | number | boolean | Date): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function isMedium(value: unknown): value is Medium {
  return typeof value === "object" && value !== null && "pieces" in value;
}

/** As browsers do it: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html. */
function escaped(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
