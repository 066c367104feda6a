import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { openRecordings } from "../../src/jobs/recordings.ts";
import type { S3Place } from "../../src/jobs/s3-recordings.ts";
import { signedHeaders } from "../../src/jobs/signature-v4.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import type { CallId } from "../../src/record/record.ts";

const KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

test("signs as Amazon's own example does: PUT Object, in the S3 API Reference on Signature Version 4", () => {
  const request = {
    method: "PUT",
    url: new URL("https://examplebucket.s3.amazonaws.com/test$file.text"),
    headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
    bodySha256: sha256("Welcome to Amazon S3."),
  };
  const scope = { region: "us-east-1", service: "s3" };
  expect(signedHeaders(request, KEY, scope, Date.UTC(2013, 4, 24))["authorization"]).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
      "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class," +
      "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

// --- A stand-in for the storage ---

type Seen = Pick<IncomingMessage, "method" | "url" | "headers"> & { readonly body: Buffer };
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Stores what is signed by the key, as S3 does; answers `status` to it. */
async function storage(
  status = 200,
  text = "",
  answer: (response: ServerResponse) => void = (response) => response.writeHead(status).end(text),
) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks) });
    answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dataDir = mkdtempSync(join(tmpdir(), "durvani-s3-"));
  open.push(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dataDir, { recursive: true });
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = new VirtualClock();
  const put = (bytes: Buffer, more: Partial<S3Place> = {}) => {
    const s3 = { ...KEY, bucket: "calls", prefix: "a/b", region: "ap-south-1", endpoint, ...more };
    const recordings = openRecordings({ state: { dataDir }, recordings: { s3 } }, clock);
    const path = join(recordings.workDir, "made.wav");
    writeFileSync(path, bytes);
    return recordings.put("call_1" as CallId, path);
  };
  const remove = (recorded: string | undefined) => {
    const s3 = { ...KEY, bucket: "calls", prefix: "a/b", region: "ap-south-1", endpoint };
    return openRecordings({ state: { dataDir }, recordings: { s3 } }, clock).remove("call_1" as CallId, recorded);
  };
  return { endpoint, seen, put, remove, dataDir, clock, close: () => server.close() };
}

test("S0.24: a recording goes into a bucket, whole and signed, and only its URL is kept", async () => {
  const { endpoint, seen, put, clock } = await storage();
  const bytes = Buffer.alloc(300_000, "sound");
  expect(await put(bytes)).toBe(`${endpoint}/calls/a/b/call_1.wav`);
  const [request] = seen;
  expect(seen).toHaveLength(1);
  expect(request).toMatchObject({ method: "PUT", url: "/calls/a/b/call_1.wav" });
  expect(request?.body.equals(bytes)).toBe(true);
  // Without its length S3 takes nothing.
  expect(request?.headers).toMatchObject({ "content-length": "300000", "content-type": "audio/wav" });
  const expected = signedHeaders(
    {
      method: "PUT",
      url: new URL(`http://${request?.headers.host}/calls/a/b/call_1.wav`),
      headers: { "content-type": String(request?.headers["content-type"]) },
      bodySha256: sha256(request?.body ?? ""),
    },
    KEY,
    { region: "ap-south-1", service: "s3" },
    clock.wall(),
  );
  expect(request?.headers).toMatchObject(expected);
});

test("a temporary key's token is sent and signed; a bucket's root has no prefix", async () => {
  const { seen, put } = await storage();
  await put(Buffer.from("x"), { sessionToken: "token", prefix: "" });
  expect(seen[0]).toMatchObject({ url: "/calls/call_1.wav", headers: { "x-amz-security-token": "token" } });
  expect(seen[0]?.headers.authorization).toContain("x-amz-date;x-amz-security-token,");
});

test.each([
  ["says nothing", () => {}],
  ["begins to answer and stops", (response: ServerResponse) => void response.writeHead(200).write("…")],
])("a storage that takes everything and %s is left after half a minute and a second for each MB", async (_, answer) => {
  const { seen, put, clock } = await storage(200, "", answer);
  const sending = put(Buffer.alloc(2_000_000));
  sending.catch(() => {});
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  await clock.advance(31_999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  await expect(sending).rejects.toMatchObject({
    retryable: true,
    message: expect.stringMatching(/not answer in time/),
  });
});

test("a refusal is told with its code, never with a key; only what may pass is tried again", async () => {
  const denied = await storage(
    403,
    "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIA</AWSAccessKeyId></Error>",
  );
  await expect(denied.put(Buffer.from("x"))).rejects.toMatchObject({
    provider: "s3",
    retryable: false,
    message: expect.stringMatching(/answered 403 \(SignatureDoesNotMatch\)$/),
  });
  const busy = await storage(503);
  await expect(busy.put(Buffer.from("x"))).rejects.toMatchObject({ retryable: true });
  const moved = await storage(307);
  await expect(moved.put(Buffer.from("x"))).rejects.toMatchObject({ message: expect.stringMatching(/answered 307/) });
  const gone = await storage();
  gone.close();
  await expect(gone.put(Buffer.from("x"))).rejects.toMatchObject({ provider: "s3", retryable: true });
});

test("a recording is removed from its bucket, signed as it was put, and from the disk if it was kept there before", async () => {
  const { endpoint, seen, remove, dataDir, clock } = await storage(204);
  mkdirSync(join(dataDir, "recordings"), { recursive: true });
  const before = join(dataDir, "recordings", "call_1.wav");
  writeFileSync(before, "RIFF");
  await remove(`${endpoint}/calls/a/b/call_1.wav`);
  await remove(undefined);
  await remove("/v1/calls/call_1/recording");
  expect(existsSync(before)).toBe(false);
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(3).fill("DELETE /calls/a/b/call_1.wav"));
  const url = new URL(`http://${seen[0]?.headers.host}/calls/a/b/call_1.wav`);
  const request = { method: "DELETE", url, headers: {}, bodySha256: sha256("") };
  expect(seen[0]?.headers).toMatchObject(
    signedHeaders(request, KEY, { region: "ap-south-1", service: "s3" }, clock.wall()),
  );
});

test("a recording that is not there is removed; one that cannot be removed, or is kept elsewhere, is said", async () => {
  await expect((await storage(404, "<Code>NoSuchKey</Code>")).remove(undefined)).resolves.toBeUndefined();
  await expect((await storage(404, "<Code>NoSuchBucket</Code>")).remove(undefined)).rejects.toThrow("NoSuchBucket");
  await expect((await storage(403, "<Code>AccessDenied</Code>")).remove(undefined)).rejects.toMatchObject({
    retryable: false,
  });
  await expect((await storage(503)).remove(undefined)).rejects.toMatchObject({ retryable: true });
  const elsewhere = await storage(204);
  await expect(elsewhere.remove("https://old.example/call_1.wav")).rejects.toThrow("old.example");
  expect(elsewhere.seen).toEqual([]);
});
