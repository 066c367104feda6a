import type { FileHandle } from "node:fs/promises";
import { z } from "zod";
import { StereoPeaks } from "../audio/peaks.ts";
import { readWavHeader } from "../audio/wav.ts";
import { ApiError } from "./api-error.ts";
import { callParams } from "./call-schema.ts";
import { callOf } from "./calls.ts";
import { type Operation, operation } from "./operation.ts";
import { recordingFile, tagged, whyNoRecording } from "./recordings.ts";
import type { Site } from "./site.ts";

/** 0.4 ms of work, and a whole number of samples. Live calls have their turn between two slices. */
const SLICE_BYTES = 256 * 1024;
/** Two samples of 16 bits. */
const FRAME_BYTES = 4;

const query = z.strictObject({
  buckets: z.coerce.number().int().min(10).max(4000).default(1000).describe("How many stretches of equal length"),
});

const channel = z.array(z.number()).describe("Of each stretch, from 0 to 1");

const peaks = z
  .object({ durationMs: z.number(), caller: channel, agent: channel })
  .meta({ id: "Peaks", description: "How loud caller and agent were: the peak of each stretch of the recording." });

/** `GET /v1/calls/{id}/peaks`: the picture of a recording. */
export function peakOperations(site: Site): readonly Operation[] {
  return [
    operation({
      id: "getPeaks",
      method: "GET",
      path: "/v1/calls/{id}/peaks",
      scope: "read",
      summary: "How loud caller and agent were, for a picture of the recording",
      params: callParams,
      query,
      answer: { description: "Their peaks; fewer than asked where the sound has fewer samples", schema: peaks },
      more: { 304: { description: "As it was, by `If-None-Match`", schema: z.null() } },
      errors: {
        404: "There is no recording, and why",
        409: "It is not on this machine, and where; or it is of another form",
        503: "The database does not answer",
      },
      run: async ({ params, query: { buckets }, request, reply }) => {
        const call = await callOf(site, params.id);
        await using file = await recordingFile(site, call);
        if (!file) {
          const { recordingUrl } = call;
          if (recordingUrl !== undefined && URL.canParse(recordingUrl))
            throw new ApiError(409, `the recording is kept at ${new URL(recordingUrl).host}, not on this machine`);
          throw new ApiError(404, whyNoRecording(site, call));
        }
        const { size, etag } = await tagged(file, reply);
        if (request.headers["if-none-match"] === etag) return reply.code(304).send();
        return await peaksOf(file, size, buckets);
      },
    }),
  ];
}

async function peaksOf(file: FileHandle, size: number, buckets: number) {
  const slice = Buffer.alloc(SLICE_BYTES);
  const { bytesRead: headed } = await file.read(slice, 0, SLICE_BYTES, 0);
  const wav = readWavHeader(slice.subarray(0, headed));
  if (wav?.channels !== 2) throw new ApiError(409, "the recording is no stereo WAV file of 16 bits");
  const { rate, dataAt } = wav;
  const frames = Math.floor(Math.min(size - dataAt, wav.dataBytes) / FRAME_BYTES);
  const found = new StereoPeaks(frames, Math.min(buckets, frames));
  for (let at = dataAt; at < size; ) {
    const { bytesRead } = await file.read(slice, 0, SLICE_BYTES, at);
    const whole = bytesRead - (bytesRead % FRAME_BYTES);
    if (whole === 0) break;
    found.push(new Int16Array(slice.buffer, slice.byteOffset, whole / 2));
    at += whole;
  }
  return { durationMs: Math.round((frames / rate) * 1000), caller: found.left, agent: found.right };
}
