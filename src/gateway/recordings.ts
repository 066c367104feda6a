import { type FileHandle, open } from "node:fs/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { StoredCall } from "../store/store.ts";
import { ApiError } from "./api-error.ts";
import { byteRange } from "./byte-range.ts";
import { callParams } from "./call-schema.ts";
import { callOf } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const sound = z.string().describe("A WAV file: caller left, agent right");

/** `GET /v1/calls/:id/recording`: the call as a WAV file, also in parts; one that is kept elsewhere is shown the way to. */
export function recordingOperations(site: Site): readonly Operation[] {
  return [
    operation({
      id: "getRecording",
      method: "GET",
      path: "/v1/calls/{id}/recording",
      scope: "read",
      summary: "The call as a WAV file, whole or in parts (`Range`)",
      params: callParams,
      answer: { description: "The whole of it", schema: sound, contentType: "audio/wav" },
      more: {
        206: { description: "The part that was asked for", schema: sound, contentType: "audio/wav" },
        302: { description: "It is kept where `Location` says", schema: z.null() },
      },
      errors: { 404: "There is none, and why", 416: "It is shorter than that", 503: "The database does not answer" },
      run: async ({ params, request, reply }) => {
        const call = await callOf(site, params.id);
        const file = await recordingFile(site, call);
        if (file) return send(file, request, reply);
        if (call.recordingUrl !== undefined && URL.canParse(call.recordingUrl))
          return reply.redirect(call.recordingUrl, 302);
        throw new ApiError(404, whyNoRecording(site, call));
      },
    }),
  ];
}

/** The file of a recording that is on this machine. */
export async function recordingFile({ parts }: Site, call: StoredCall): Promise<FileHandle | undefined> {
  const path = call.recordingUrl === undefined ? undefined : await parts.recordings.find(call.id);
  return path === undefined ? undefined : open(path).catch(() => undefined); // Erased in this moment: as if before.
}

export function whyNoRecording({ parts }: Site, call: StoredCall): string {
  if (call.recordingUrl !== undefined) return "the recording of this call is not on this machine, or was erased";
  if (!parts.store.owes.includes("recording")) return "calls are not recorded here: RECORD_CALLS is not wav";
  if (call.status === "open") return "the call is not over: its recording is written afterwards";
  return "there is no recording of this call: it is still to be written, or nothing was to be heard";
}

/** The reply may be kept by who asked, who asks each time whether it still holds. */
export async function tagged(file: FileHandle, reply: FastifyReply) {
  const { size, mtimeMs } = await file.stat();
  const etag = `"${size.toString(16)}-${Math.round(mtimeMs).toString(16)}"`;
  void reply.header("etag", etag).header("cache-control", "private, no-cache");
  return { size, etag };
}

async function send(file: FileHandle, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { size, etag } = await tagged(file, reply);
  const ifRange = request.headers["if-range"];
  const range = byteRange(ifRange === undefined || ifRange === etag ? request.headers.range : undefined, size);
  void reply.header("accept-ranges", "bytes");
  if (range === "unsatisfiable") {
    await file.close();
    void reply.header("content-range", `bytes */${size}`);
    throw new ApiError(416, `the recording has ${size} bytes`);
  }
  const { from, to } = range === "all" ? { from: 0, to: size - 1 } : range;
  if (range !== "all") void reply.code(206).header("content-range", `bytes ${from}-${to}/${size}`);
  void reply.type("audio/wav").header("content-length", to - from + 1);
  return reply.send(file.createReadStream({ start: from, end: to }));
}
