import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import type { Clock } from "../kit/clock.ts";
import { deadline } from "../kit/clock.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import type { Recordings } from "./jobs.ts";
import type { S3Place } from "./s3-recordings.ts";
import { signedHeaders } from "./signature-v4.ts";

/**
 * The recording that is kept under this URL. `away`: it is kept on a disk, but not on one of this machine's. `elsewhere`: somebody
 * else keeps it, who does not know us. Rejects with `ProviderError`.
 */
export type RecordedSound = (id: CallId, url: string) => Promise<Blob | "away" | "elsewhere">;

const PATIENCE_MS = 120_000;
/** It is held in memory: two hours of two legs at 16 kHz, which is the most that is transcribed. */
const MOST_BYTES = 2 * 3600 * 16_000 * 4 + 1024;
const EMPTY = createHash("sha256").digest("hex");

/** Finds recordings where `openRecordings` puts them. */
export function recordedSound(
  recordings: Pick<Recordings, "find">,
  s3: S3Place | undefined,
  clock: Clock,
): RecordedSound {
  return async (id, url) => {
    if (!URL.canParse(url)) {
      const path = await recordings.find(id);
      return path === undefined ? "away" : openAsBlob(path, { type: "audio/wav" });
    }
    const place = new URL(url);
    return s3 !== undefined && place.href.startsWith(rootOf(s3)) ? fetched(place, s3, clock) : "elsewhere";
  };
}

/** With its final slash, so that no longer name begins with it. */
const rootOf = ({ bucket, region, endpoint }: S3Place): string =>
  new URL(endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com/` : `${endpoint}/${bucket}/`).href;

async function fetched(url: URL, s3: S3Place, clock: Clock): Promise<Blob> {
  const request = { method: "GET", url, headers: {}, bodySha256: EMPTY };
  const { host: _, ...headers } = signedHeaders(request, s3, { region: s3.region, service: "s3" }, clock.wall());
  let answer: Response;
  let sound: Blob;
  try {
    answer = await fetch(url, { headers, redirect: "manual", signal: deadline(PATIENCE_MS) });
    if (Number(answer.headers.get("content-length")) > MOST_BYTES) throw new Error("it is too large");
    sound = await answer.blob();
  } catch (error) {
    throw new ProviderError("s3", `${url.host} did not give the recording`, true, error);
  }
  if (answer.ok) return sound;
  throw new ProviderError("s3", `${url.host} answered ${answer.status}`, answer.status >= 500);
}
