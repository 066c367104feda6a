import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { wavHeader } from "../../src/audio/wav.ts";
import { fetchSound, repeated } from "../../src/dialog/relay/sound.ts";
import { publicLookup } from "../../src/kit/public-url.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { application, join, SOON } from "./relay-rig.ts";

const MULAW = { encoding: "mulaw", rate: 8000 } as const;
const forever = new AbortController().signal;

/** A server of files at this origin; `asked` are the paths. */
async function files(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** So many ms of a steady level, as a WAV file of 8 kHz. */
function wav(ms: number): Buffer {
  const samples = new Int16Array(ms * 8).fill(8000);
  const data = Buffer.from(samples.buffer);
  return Buffer.concat([wavHeader(1, 8000, data.length), data]);
}

/** The application has just asked for this to be played. */
async function playing(message: Readonly<Record<string, unknown>>) {
  const app = await application();
  const call = join(app.url);
  await app.next("setup");
  app.say({ type: "play", ...message });
  return { app, ...call, announced: await call.heard("dialog-speaks") };
}

async function bytesOf(sound: AsyncIterable<string>): Promise<number> {
  let bytes = 0;
  for await (const piece of sound) bytes += Buffer.from(piece, "base64").length;
  return bytes;
}

test.each([
  [undefined, 1],
  [1, 1],
  [3, 3],
])("a sound with loop %s is played %i times, in the line's own format", async (loop, times) => {
  const { origin } = await files((_request, response) => {
    response.writeHead(200, { "content-type": "audio/wav" }).end(wav(250));
  });
  const { dialog, announced } = await playing({ source: `${origin}/hold.wav`, loop, interruptible: false });
  expect(announced).toMatchObject({ of: "sound", speech: 1, interruptible: "none", preemptible: false });
  expect(await bytesOf(dialog.sound(1, MULAW, forever))).toBe(250 * 8 * times);
});

test("a sound comes after the words before it, and before the words after it", async () => {
  const app = await application();
  const { news } = join(app.url);
  await app.next("setup");
  app.say({ type: "text", token: "Listen to this" }, { type: "play", source: "https://a.example/b.wav" });
  app.say({ type: "text", token: "Nice.", last: true });
  await vi.waitFor(() => expect(news).toHaveLength(3), SOON);
  expect(news.map((it) => it.kind === "dialog-speaks" && it.of)).toEqual(["words", "sound", "words"]);
});

test("a redirect is followed", async () => {
  const { origin, asked } = await files((request, response) => {
    if (request.url === "/old") response.writeHead(302, { location: "/new" }).end();
    else response.writeHead(200, { "content-type": "audio/wav" }).end(wav(20));
  });
  const { dialog } = await playing({ source: `${origin}/old` });
  expect(await bytesOf(dialog.sound(1, MULAW, forever))).toBe(160);
  expect(asked).toEqual(["/old", "/new"]);
});

test.each<[what: string, answer: RequestListener, why: string]>([
  ["is not there", (_, response) => response.writeHead(404).end(), "its server answered HTTP 404"],
  [
    "redirects for ever",
    (_, response) => response.writeHead(301, { location: "/" }).end(),
    "its server answered HTTP 301",
  ],
  [
    "breaks off",
    (_, response) => void response.writeHead(200, { "content-length": "9" }).write("RI", () => response.destroy()),
    "the connection failed: aborted",
  ],
  [
    "is too long",
    (_, response) => response.writeHead(200).end(Buffer.alloc(10 * 1024 * 1024 + 1)),
    "the answer is longer than 10485760 bytes",
  ],
])("a sound that %s is skipped with a note, and the call goes on", async (_what, answer, why) => {
  const { origin } = await files(answer);
  const { dialog, heard, app } = await playing({ source: `${origin}/a.wav` });
  expect(await bytesOf(dialog.sound(1, MULAW, forever))).toBe(0);
  expect(await heard("dialog-note")).toEqual({ kind: "dialog-note", note: `a sound was skipped: ${why}` });
  app.say({ type: "text", token: "Never mind.", last: true });
  expect(await heard("dialog-speaks", 2)).toMatchObject({ speech: 2 });
});

test("a file that is no sound is skipped with a note", async () => {
  const { origin } = await files((_, response) =>
    response.writeHead(200, { "content-type": "audio/wav" }).end("<html>"),
  );
  const { dialog, heard } = await playing({ source: `${origin}/a.wav` });
  expect(await bytesOf(dialog.sound(1, MULAW, forever))).toBe(0);
  expect((await heard("dialog-note")).note).toMatch(/^a sound was skipped: it cannot be played: ./);
});

test("a server that does not answer within 10 s is not waited for", async () => {
  const { origin, asked } = await files(() => {});
  const { dialog, heard, clock } = await playing({ source: `${origin}/a.wav` });
  const sound = bytesOf(dialog.sound(1, MULAW, forever));
  await vi.waitFor(() => expect(asked).toHaveLength(1), SOON);
  await clock.advance(10_000);
  expect(await sound).toBe(0);
  expect((await heard("dialog-note")).note).toBe("a sound was skipped: no whole answer within 10000 ms");
});

const CLOSED = { clock: new VirtualClock(), rules: { allowPrivate: false, httpsOnly: false } };

test.each([
  ["http://127.0.0.1:9/a.wav", "the URL 127.0.0.1 is not a public address"],
  ["https://169.254.169.254/latest", "the URL 169.254.169.254 is not a public address"],
  ["file:///etc/passwd", "the URL must be a URL that begins with https://"],
  ["hold.wav", "the URL must be a URL that begins with https://"],
])("nothing is fetched from %s where private addresses are closed", async (source, why) => {
  await expect(fetchSound(CLOSED, source, MULAW, forever)).rejects.toThrow(why);
});

test("nothing is fetched from a name that leads to a private address", async () => {
  const { origin, asked } = await files((_request, response) => response.writeHead(200).end(wav(20)));
  const lookup = publicLookup(CLOSED.rules, (_host, _options, then) => {
    setImmediate(() => then(null, [{ address: "127.0.0.1", family: 4 }]));
  });
  const source = origin.replace("127.0.0.1", "files.example");
  const fetched = fetchSound({ ...CLOSED, lookup }, source, MULAW, forever);
  await expect(fetched).rejects.toThrow("files.example: 127.0.0.1 is not a public address");
  expect(asked).toEqual([]);
});

test("a redirect to what is no web address is not followed", async () => {
  const { origin } = await files((_request, response) => response.writeHead(302, { location: "file:///a" }).end());
  const { dialog, heard } = await playing({ source: origin });
  expect(await bytesOf(dialog.sound(1, MULAW, forever))).toBe(0);
  expect((await heard("dialog-note")).note).toMatch(/the URL must be a URL that begins with https/);
});

test("a sound that is cut short stops at once, and is no failure", async () => {
  const { origin, asked } = await files(() => {});
  const { dialog, news } = await playing({ source: `${origin}/a.wav` });
  const stop = new AbortController();
  const sound = bytesOf(dialog.sound(1, MULAW, stop.signal));
  await vi.waitFor(() => expect(asked).toHaveLength(1), SOON);
  stop.abort(new Error("cut"));
  await expect(sound).rejects.toThrow("cut");
  expect(news).toHaveLength(1);
});

test("a sound that is cut short while it plays gives no more of it", async () => {
  const { origin } = await files((_request, response) => response.writeHead(200).end(wav(3000)));
  const { dialog } = await playing({ source: origin });
  const stop = new AbortController();
  const pieces = dialog.sound(1, MULAW, stop.signal)[Symbol.asyncIterator]();
  expect((await pieces.next()).done).toBe(false);
  stop.abort(new Error("cut"));
  await expect(pieces.next()).rejects.toThrow("cut");
});

test("loop 0 repeats a thousand times, or for ten minutes; pieces split no sample and need no padding", () => {
  const total = (bytes: number, format: Parameters<typeof repeated>[2]): number => {
    let sum = 0;
    const pieces = [...repeated(Buffer.alloc(bytes), 0, format)];
    for (const piece of pieces) sum += Buffer.from(piece, "base64").length;
    expect(pieces).not.toContain("");
    return sum;
  };
  expect(total(80, MULAW)).toBe(80 * 1000);
  expect(total(8000, MULAW)).toBe(600 * 8000);
  expect(total(48_000, { encoding: "linear16", rate: 24_000 })).toBe(600 * 48_000);
  expect(total(0, MULAW)).toBe(0);
  const [first = "", last = ""] = repeated(Buffer.alloc(8001), 1, MULAW);
  expect([Buffer.from(first, "base64").length, Buffer.from(last, "base64").length]).toEqual([7998, 3]);
  expect(first).not.toMatch(/=/);
});
