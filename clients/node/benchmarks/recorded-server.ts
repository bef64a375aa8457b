/** Answers every request with the page that it reads from stdin; says its port on stdout. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

const page = await buffer(process.stdin);
const headers = { "content-type": "application/json", "content-length": page.length };
const server = createServer((request, answer) => {
  request.resume().on("end", () => {
    answer.writeHead(200, headers).end(page);
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log((server.address() as AddressInfo).port);
});
