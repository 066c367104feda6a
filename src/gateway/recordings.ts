import { type FileHandle, open } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { StoredCall } from "../store/store.ts";
import { requireScope } from "./access.ts";
import { byteRange } from "./byte-range.ts";
import { callOf } from "./calls.ts";
import type { Site } from "./site.ts";

/** `GET /v1/calls/:id/recording`: the call as a WAV file, also in parts; one that is kept elsewhere is shown the way to. */
export function recordingRoutes(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { id: string } }>(
    "/v1/calls/:id/recording",
    { onRequest: requireScope(site.parts, "read") },
    async (request, reply) => {
      const call = await callOf(site, request.params.id, reply);
      if (!call) return reply;
      const file = await fileOf(site, call);
      if (file) return send(file, request, reply);
      if (call.recordingUrl !== undefined && URL.canParse(call.recordingUrl)) return reply.redirect(call.recordingUrl);
      return reply.code(404).send({ error: whyNone(site, call) });
    },
  );
}

async function fileOf({ parts }: Site, call: StoredCall): Promise<FileHandle | undefined> {
  const path = call.recordingUrl === undefined ? undefined : await parts.recordings.find(call.id);
  return path === undefined ? undefined : open(path).catch(() => undefined); // Erased in this moment: as if before.
}

function whyNone({ parts }: Site, call: StoredCall): string {
  if (call.recordingUrl !== undefined) return "the recording of this call is not on this machine, or was erased";
  if (!parts.store.owes.includes("recording")) return "calls are not recorded here: RECORD_CALLS is not wav";
  if (call.status === "open") return "the call is not over: its recording is written afterwards";
  return "there is no recording of this call: it is still to be written, or nothing was to be heard";
}

async function send(file: FileHandle, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { size, mtimeMs } = await file.stat();
  const etag = `"${size.toString(16)}-${Math.round(mtimeMs).toString(16)}"`;
  const ifRange = request.headers["if-range"];
  const range = byteRange(ifRange === undefined || ifRange === etag ? request.headers.range : undefined, size);
  void reply.header("accept-ranges", "bytes").header("etag", etag).header("cache-control", "private, no-cache");
  if (range === "unsatisfiable") {
    await file.close();
    return reply
      .code(416)
      .header("content-range", `bytes */${size}`)
      .send({ error: `the recording has ${size} bytes` });
  }
  const { from, to } = range === "all" ? { from: 0, to: size - 1 } : range;
  if (range !== "all") void reply.code(206).header("content-range", `bytes ${from}-${to}/${size}`);
  void reply.type("audio/wav").header("content-length", to - from + 1);
  return reply.send(file.createReadStream({ start: from, end: to }));
}
