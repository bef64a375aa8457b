/** POST /posts, GET /posts/:id, GET /posts/:id/thumbnail. */

import { randomUUID } from "node:crypto";

import type { FastifyInstance } from "fastify";

import { pictureOf } from "../cards.js";
import { untilGone } from "../disconnects.js";
import { RequestError } from "../problems.js";
import type { Services } from "../services.js";
import { type Upload, withUpload } from "../uploads.js";

interface ById {
  Params: { id: string };
}

export function postRoutes(app: FastifyInstance, { media, worker }: Services): void {
  app.post("/posts", async (request, reply) => {
    // Nothing ends it when the browser goes away: once it is here whole, it is stored.
    const result = await withUpload(request, (upload) => worker.process(jobOf(upload)));
    const { media_id, created, degraded, path, post } = result;
    reply.code(created ? 201 : 200).header("location", `/posts/${encodeURIComponent(media_id)}`);
    return { media_id, created, degraded, path, thumbnail: pictureOf(post) };
  });

  app.get<ById>("/posts/:id", async (request, reply) => {
    const { id } = request.params;
    const post = await media.get(id, { signal: untilGone(reply) });
    if (post === null) throw new RequestError(404, `no post has the id ${id}`);
    return { ...post, thumbnail: pictureOf(post) };
  });

  app.get<ById>("/posts/:id/thumbnail", async (request, reply) => {
    const picture = await media.thumbnail(request.params.id, { signal: untilGone(reply) });
    return reply.type("image/jpeg").header("cache-control", "private, max-age=300").send(picture);
  });
}

/** Field by field: a job can also name a path or an address, which are not for strangers to say. */
function jobOf({ fields, file }: Upload) {
  const { media_id = randomUUID(), author_id, caption, ...unknown } = fields;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new RequestError(400, `a post has no field ${name}`);
  if (author_id === undefined) throw new RequestError(400, "a post needs an author_id");
  return { media_id, author_id, caption, file };
}
