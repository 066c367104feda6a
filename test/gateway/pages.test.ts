import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { signallingOrigins } from "../../src/carrier/twilio-signalling.ts";
import { createLog } from "../../src/kit/log.ts";
import { type World, world } from "./world.ts";

const root = mkdtempSync(join(tmpdir(), "durvani-pages-"));
afterAll(() => rmSync(root, { recursive: true }));
const pagesFolder = join(root, "page");
const FILES = {
  "index.html": "<title>console</title>",
  "call.html": "<title>call</title>",
  "softphone.html": "<title>softphone</title>",
  "example.html": "<title>example</title>",
  "assets/index-1a2b3c.js": "export const answer = 42;",
  "client/client.js": "export class ConversationAgent {}",
  "client/capture.worklet.js": "registerProcessor();",
  "sounds/ring.mp3": "ID3",
  "favicon.svg": "<svg/>",
  "embed.js": "document.currentScript;",
};
for (const [name, text] of [...Object.entries(FILES), ["../secret.txt", "not for the world"] as const]) {
  const file = join(pagesFolder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  if (!/\.(html|js)$/.test(name) || name.startsWith("client/")) continue;
  writeFileSync(`${file}.br`, brotliCompressSync(text));
  writeFileSync(`${file}.gz`, gzipSync(text));
}

const served = (changes: Parameters<typeof world>[0] = {}): Promise<World> => world({ pagesFolder, ...changes });

type Told = { readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer };

/** `fetch` would tidy addresses up, and unpack answers. */
function get(at: World, path: string, headers: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request(at.origin, { path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers as Record<string, string>,
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

const policyOf = ({ headers }: Told): Record<string, string> =>
  Object.fromEntries(
    (headers["content-security-policy"] ?? "").split("; ").map((rule) => {
      const [name = "", ...sources] = rule.split(" ");
      return [name, sources.join(" ")];
    }),
  );

test("each page is at its addresses, is asked for anew each time, and is not sent twice", async () => {
  const at = await served();
  for (const [file, paths] of [
    ["index.html", ["/", "/calls", "/calls/call_01", "/agents", "/health", "/?q=1"]],
    ["call.html", ["/call"]],
    ["softphone.html", ["/softphone"]],
    ["example.html", ["/example"]],
  ] as const)
    for (const path of paths) {
      const told = await get(at, path);
      expect([path, told.status, String(told.body)]).toEqual([path, 200, FILES[file]]);
      expect(told.headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=()",
      });
      const again = await get(at, path, { "if-none-match": told.headers["etag"] ?? "" });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      expect(again.headers["content-security-policy"]).toBe(told.headers["content-security-policy"]);
    }
});

test("a page may load what is ours, connect to us, and run nothing inline", async () => {
  const at = await served();
  const none = { "frame-ancestors": "'none'" };
  const expected = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "media-src": "'self'",
    "worker-src": "'self'",
    "connect-src": `'self' wss://voice.example.test ${at.origin.replace("http", "ws")}`,
    "base-uri": "'none'",
    "form-action": "'none'",
  };
  expect(policyOf(await get(at, "/"))).toEqual({ ...expected, ...none, "frame-src": "'self'" });
  for (const path of ["/call", "/example"])
    expect(policyOf(await get(at, path))).toEqual({ ...expected, ...none, "frame-src": "https:" });
  for (const path of ["/", "/call", "/softphone", "/example"])
    expect((await get(at, path)).headers["content-security-policy"]).not.toMatch(/unsafe|http:|\*/);
});

test("sockets are opened to the public origin, and here by whatever name of this machine; by no other name that a request makes up", async () => {
  const at = await served();
  const sockets = async (host: string) => policyOf(await get(at, "/", { host }))["connect-src"];
  expect(await sockets("voice.example.test")).toBe("'self' wss://voice.example.test");
  expect(await sockets("localhost:3000")).toBe("'self' wss://voice.example.test ws://localhost:3000");
  expect(await sockets("[::1]:3000")).toBe("'self' wss://voice.example.test ws://[::1]:3000");
  for (const bad of ["evil.test", "localhost; script-src *", "localhost:3000/ *", "127.0.0.1.evil.test"])
    expect(await sockets(bad)).not.toMatch(/evil|\*|;/);
});

test("the softphone may be framed by us and by whom FRAME_ANCESTORS names, and reaches Twilio's signalling and nothing else of theirs", async () => {
  const none = policyOf(await get(await served(), "/softphone"));
  expect([none["frame-ancestors"], none["connect-src"]?.includes("twilio")]).toEqual(["'self'", false]);
  const frameAncestors = ["https://crm.example", "https://shop.example"];
  const signalling = signallingOrigins({ edge: "singapore", signallingUrl: "ws://localhost:8443/signal" });
  const at = await served({ frameAncestors, signallingOrigins: signalling });
  const {
    "frame-ancestors": ancestors,
    "connect-src": connects = "",
    "frame-src": frames,
  } = policyOf(await get(at, "/softphone", { host: "voice.example.test" }));
  expect([ancestors, frames]).toEqual(["'self' https://crm.example https://shop.example", "'none'"]);
  expect(connects.split(" ")).toEqual([
    "'self'",
    "wss://voice.example.test",
    "wss://voice-js.roaming.twilio.com",
    "wss://voice-js.singapore.twilio.com",
    "ws://localhost:8443",
  ]);
  const { "frame-ancestors": others, "connect-src": elsewhere } = policyOf(await get(at, "/"));
  expect([others, elsewhere?.includes("twilio")]).toEqual(["'none'", false]);
  expect(signallingOrigins({ edge: undefined, signallingUrl: undefined })).toEqual([
    "wss://voice-js.roaming.twilio.com",
  ]);
});

test("assets are kept for a year, and what others' pages load is asked for anew and open to them", async () => {
  const at = await served();
  const asset = await get(at, "/assets/index-1a2b3c.js");
  expect([asset.status, String(asset.body)]).toEqual([200, FILES["assets/index-1a2b3c.js"]]);
  expect(asset.headers).toMatchObject({
    "content-type": expect.stringContaining("javascript"),
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    etag: expect.any(String),
  });
  expect(asset.headers["access-control-allow-origin"]).toBeUndefined();
  for (const path of ["/client/client.js", "/client/capture.worklet.js", "/embed.js", "/sounds/ring.mp3"]) {
    const told = await get(at, path);
    expect([path, told.status]).toEqual([path, 200]);
    expect(told.headers).toMatchObject({ "cache-control": "no-cache", "access-control-allow-origin": "*" });
  }
  expect((await get(at, "/favicon.svg")).headers["content-type"]).toContain("image/svg+xml");
});

test("what the build has compressed is sent so, to who can read it", async () => {
  const at = await served();
  for (const path of ["/", "/softphone", "/assets/index-1a2b3c.js"]) {
    const plain = await get(at, path);
    expect([plain.headers["content-encoding"], plain.headers["vary"]]).toEqual([undefined, "accept-encoding"]);
    const brotli = await get(at, path, { "accept-encoding": "gzip, deflate, br" });
    expect(brotli.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body);
    expect(brotli.headers["content-type"]).toBe(plain.headers["content-type"]);
    expect(brotli.headers["cache-control"]).toBe(plain.headers["cache-control"]);
    const gzip = await get(at, path, { "accept-encoding": "gzip" });
    expect(gunzipSync(gzip.body)).toEqual(plain.body);
  }
  const never = await get(at, "/client/client.js", { "accept-encoding": "gzip, deflate, br" });
  expect([never.status, never.headers["content-encoding"]]).toEqual([200, undefined]);
});

test("what is not there is 404 as everywhere, is not kept, and nothing leads out of the folder", async () => {
  const at = await served();
  for (const path of ["/assets/none.js", "/client/none.js", "/index.html", "/secret.txt", "/calls/a/b", "/assets/"]) {
    const told = await get(at, path);
    expect([path, told.status, JSON.parse(String(told.body))]).toEqual([
      path,
      404,
      { error: { code: "not_found", message: "nothing is here" } },
    ]);
    expect(told.headers["cache-control"] ?? "").not.toContain("immutable");
  }
  for (const path of ["/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/client/..%2f..%2fsecret.txt"]) {
    const told = await get(at, path);
    expect([403, 404], path).toContain(told.status);
    expect(String(told.body)).not.toContain("world");
  }
  // A page comes by its own address alone, where it brings its policy with it.
  for (const up of ["..%2f", "%2e%2e/", "%252e%252e%252f", "x/..%2f..%2f"])
    for (const folder of ["/assets/", "/client/", "/sounds/"]) {
      const told = await get(at, `${folder}${up}index.html`);
      expect([403, 404], folder + up).toContain(told.status);
      expect(String(told.body)).not.toContain("console");
    }
});

test("pages that are not built are 503 and say how to build them; the log says it once", async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLog("warn", destination);
  const unbuilt = join(root, "later");
  const at = await world({ pagesFolder: unbuilt, log });
  for (const path of ["/", "/call", "/softphone", "/example"]) {
    const told = await get(at, path);
    expect([told.status, JSON.parse(String(told.body)).error.message]).toEqual([
      503,
      "the pages are not built: npm run build:page",
    ]);
  }
  expect(lines.filter((line) => line.includes("build:page"))).toHaveLength(1);
  mkdirSync(unbuilt);
  writeFileSync(join(unbuilt, "call.html"), "built");
  expect([(await get(at, "/call")).status, (await get(at, "/")).status]).toEqual([200, 503]);
  await served({ log });
  expect(lines).toHaveLength(1);
});
