import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import type { Clock } from "../kit/clock.ts";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import { keptIn, madeWorkDir, removeFrom } from "./disk-recordings.ts";
import type { Recordings } from "./jobs.ts";
import { type AwsKey, signedHeaders } from "./signature-v4.ts";

/** A bucket of S3, or of a storage that speaks like it. */
export type S3Place = AwsKey & {
  readonly bucket: string;
  /** Before the file's name, without slashes at its ends; may be empty. */
  readonly prefix: string;
  readonly region: string;
  /** Origin of another storage than Amazon's: the bucket is then named in the path. */
  readonly endpoint: string | undefined;
};

/** How long a storage may take: so much in any case, and a second for each MB. */
const PATIENCE_MS = 30_000;
const PATIENCE_MS_PER_BYTE = 1 / 1000;
const NO_BODY_SHA256 = createHash("sha256").digest("hex");
const NO_BUCKET = /<Code>NoSuchBucket</;

/**
 * Recordings as objects `<prefix>/<call>.wav` of a bucket. Who may read them there is the bucket's matter: only their URL is kept.
 * Rejects with `ProviderError`. Makes a folder in `dir` at once, where they are written before they are sent.
 */
export function s3Recordings(place: S3Place, dir: string, clock: Clock): Recordings {
  const workDir = madeWorkDir(dir);
  const { bucket, prefix, region, endpoint } = place;
  const root = endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : `${endpoint}/${bucket}`;
  const urlOf = (id: CallId): URL => new URL([root, ...(prefix === "" ? [] : [prefix]), `${id}.wav`].join("/"));
  return {
    workDir,
    async put(id, path) {
      const url = urlOf(id);
      const request = { method: "PUT", url, headers: { "content-type": "audio/wav" }, bodySha256: await sha256(path) };
      const { host: _, ...headers } = signedHeaders(request, place, { region, service: "s3" }, clock.wall());
      // A blob of a file is sent as it is read, and its length is told, without which S3 takes nothing.
      const body = await openAsBlob(path);
      const late = new AbortController();
      const giveUp = clock.after(PATIENCE_MS + body.size * PATIENCE_MS_PER_BYTE, () => late.abort());
      await sent(url, { method: "PUT", headers, body, redirect: "manual", signal: late.signal }).finally(giveUp);
      return url.href;
    },
    find: async () => undefined,
    kept: () => keptIn(dir),
    async remove(id, recorded) {
      const url = urlOf(id);
      if (recorded !== undefined && URL.canParse(recorded) && recorded !== url.href)
        throw new ProviderError(
          "s3",
          `a recording is kept elsewhere than in ${url.host}, at ${new URL(recorded).host}`,
          false,
        );
      // Of before there was a bucket, and what was begun here.
      await removeFrom(dir, id);
      const request = { method: "DELETE", url, headers: {}, bodySha256: NO_BODY_SHA256 };
      const { host: _, ...headers } = signedHeaders(request, place, { region, service: "s3" }, clock.wall());
      const late = new AbortController();
      const giveUp = clock.after(PATIENCE_MS, () => late.abort());
      await sent(url, { method: "DELETE", headers, redirect: "manual", signal: late.signal }, [404]).finally(giveUp);
    },
  };
}

/** `fine`: statuses that are no failure either. */
async function sent(url: URL, request: RequestInit, fine: readonly number[] = []): Promise<void> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, request);
    text = await answer.text();
  } catch (error) {
    const why = request.signal?.aborted ? "did not answer in time" : "does not answer";
    throw new ProviderError("s3", `${url.host} ${why}`, true, error);
  }
  if (answer.ok || (fine.includes(answer.status) && !NO_BUCKET.test(text))) return;
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? "no reason given";
  throw new ProviderError("s3", `${url.host} answered ${answer.status} (${code})`, answer.status >= 500);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
