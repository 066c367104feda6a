import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import library from "twilio";
import { describe, expect, test, vi } from "vitest";
import { warmCall } from "../../src/call/call.ts";
import { allCarriers, type CarrierSettings } from "../../src/carrier/carriers.ts";
import { nobody } from "../carrier/nobody.ts";
import { speech } from "./speech.ts";
import { AGENT, agentsOf, dial, type Peer, PUBLIC, type World, world } from "./world.ts";

const NOW_MS = 1_760_000_000_000;
const SECRET = "0123456789abcdef0123456789abcdef";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const telnyxKey = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");

const everybody: CarrierSettings = {
  ...nobody,
  plivo: { ...nobody.plivo, authToken: SECRET },
  telnyx: { ...nobody.telnyx, publicKey: telnyxKey },
  signalwire: { ...nobody.signalwire, signingKey: SECRET },
};
const carriersOf = (settings: CarrierSettings) => (publicUrl: string) => allCarriers(settings, publicUrl, () => NOW_MS);

type Form = Readonly<Record<string, string>>;
type Headers = Record<string, string>;

/** A carrier as it speaks to us, no more of it than one call needs. */
type Carrier = {
  readonly name: "plivo" | "telnyx" | "signalwire";
  readonly form: Form;
  readonly signed: (url: string, form: Form) => Headers;
  readonly upgrade: (url: string) => Headers;
  readonly opening: readonly object[];
  /** A frame of 20 ms, `place` counting from 1. */
  readonly media: (place: number, payload: string) => object;
  /** Our frames and marks, as the carrier understands them, and what it says when a mark is reached. */
  readonly sound: (message: Message) => string | undefined;
  readonly mark: (message: Message) => string | undefined;
  readonly reached: (mark: string) => object;
};
type Message = {
  readonly event: string;
  readonly name?: string;
  readonly media?: { readonly payload: string };
  readonly mark?: { readonly name: string };
};

const numbers = { From: "919800000001", To: "918000000002" };

const plivoSigned = (text: string): Headers => ({
  "x-plivo-signature-v3": createHmac("sha256", SECRET).update(`${text}.n-1`).digest("base64"),
  "x-plivo-signature-v3-nonce": "n-1",
});
const plivo: Carrier = {
  name: "plivo",
  form: { CallUUID: "u-1", CallStatus: "ringing", Event: "StartApp", ...numbers },
  signed: (url, form) => {
    const sorted = Object.keys(form).toSorted();
    return plivoSigned(`${url}?${sorted.map((key) => `${key}${form[key]}`).join("")}`);
  },
  upgrade: plivoSigned,
  opening: [
    {
      event: "start",
      sequenceNumber: 0,
      start: { callId: "u-1", streamId: "s-1", mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 } },
      extra_headers: "{}",
    },
  ],
  media: (chunk, payload) => ({
    event: "media",
    sequenceNumber: chunk,
    streamId: "s-1",
    media: { track: "inbound", timestamp: String(NOW_MS + chunk * 20), chunk, payload },
  }),
  sound: ({ event, media }) => (event === "playAudio" ? media?.payload : undefined),
  mark: ({ event, name }) => (event === "checkpoint" ? name : undefined),
  reached: (name) => ({ event: "playedStream", sequenceNumber: 20, streamId: "s-1", name }),
};

const twilioSound: Carrier["sound"] = ({ event, media }) => (event === "media" ? media?.payload : undefined);
const twilioMark: Carrier["mark"] = ({ event, mark }) => (event === "mark" ? mark?.name : undefined);

const telnyx: Carrier = {
  name: "telnyx",
  form: { CallSid: "v3:a_b-c", CallStatus: "ringing", ...numbers },
  signed: (_url, form) => {
    const time = String(NOW_MS / 1000);
    const signature = sign(null, Buffer.from(`${time}|${new URLSearchParams(form)}`), privateKey).toString("base64");
    return { "telnyx-signature-ed25519": signature, "telnyx-timestamp": time };
  },
  upgrade: () => ({}),
  opening: [
    { event: "connected", version: "1.0.0" },
    {
      event: "start",
      sequence_number: "1",
      stream_id: "s-1",
      start: { call_control_id: "v3:a_b-c", media_format: { encoding: "PCMU", sample_rate: 8000, channels: 1 } },
    },
  ],
  media: (place, payload) => ({
    event: "media",
    stream_id: "s-1",
    media: { track: "inbound", chunk: String(place), timestamp: String(place * 20), payload },
  }),
  sound: twilioSound,
  mark: twilioMark,
  reached: (name) => ({ event: "mark", sequence_number: "9", stream_id: "s-1", mark: { name } }),
};

const signalwire: Carrier = {
  name: "signalwire",
  form: { CallSid: "4d4d-1", CallStatus: "ringing", ...numbers },
  signed: (url, form) => ({
    "x-signalwire-signature": library.getExpectedTwilioSignature(SECRET, url, form),
  }),
  upgrade: () => ({}),
  opening: [
    { event: "connected", protocol: "Call", version: "0.2.0" },
    {
      event: "start",
      sequenceNumber: "1",
      start: {
        streamSid: "s-1",
        callSid: "4d4d-1",
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      },
    },
  ],
  media: (place, payload) => ({
    event: "media",
    media: { track: "inbound", chunk: String(place), timestamp: String(place * 20), payload },
  }),
  sound: twilioSound,
  mark: twilioMark,
  reached: (name) => ({ event: "mark", streamSid: "s-1", mark: { name } }),
};

const post = (at: World, carrier: Carrier, path: string, form: Form = carrier.form): Promise<Response> =>
  fetch(`${at.origin}/${carrier.name}/${path}`, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: carrier.signed(`${PUBLIC}/${carrier.name}/${path}`, form),
  });

async function connect(at: World, carrier: Carrier): Promise<Peer> {
  const answer = await post(at, carrier, "voice");
  expect(answer.status).toBe(200);
  const path = /wss:\/\/voice\.example\.test(\/\w+\/media\/[\w-]{43})["<]/.exec(await answer.text())?.[1] ?? "";
  expect(path).toContain(`/${carrier.name}/media/`);
  return dial(at, path, carrier.upgrade(PUBLIC + path));
}

const frames = Array.from({ length: 6 }, (_, place) =>
  Buffer.from(Array.from({ length: 160 }, (_unused, index) => (place * 31 + index) % 256)).toString("base64"),
);
const bytes = (payloads: readonly string[]): string =>
  Buffer.concat(payloads.map((payload) => Buffer.from(payload, "base64"))).toString("hex");
const found = <T>(peer: Peer, read: (message: Message) => T | undefined): T[] =>
  peer.messages.map((text) => read(JSON.parse(text))).filter((one) => one !== undefined);

/** A gateway where every caller is greeted, by the real conversation. */
async function greeting(settings: CarrierSettings = everybody) {
  const { stt, tts, told } = speech();
  const agents = agentsOf({ ...AGENT, greeting: "Hey." });
  const at = await world({ warmCall, stt, tts, agents, carriers: carriersOf(settings) });
  return { at, told };
}

describe.each([plivo, telnyx, signalwire])("$name", (carrier) => {
  test("a whole call, byte for byte both ways: rung, answered, heard, greeted, and over", async () => {
    const { at, told } = await greeting();
    const peer = await connect(at, carrier);
    expect(at.memory.entries("open")).toMatchObject([
      { opening: { carrier: carrier.name, from: "919800000001", to: "918000000002" } },
    ]);

    peer.send(...carrier.opening, ...frames.map((payload, index) => carrier.media(index + 1, payload)));
    await vi.waitFor(() => expect(told.heard).toEqual(frames));
    const marks = await vi.waitFor(() => {
      const sent = found(peer, carrier.mark);
      expect(sent).toHaveLength(1);
      return sent;
    });
    expect(told.spoken).toHaveLength(1);
    expect(bytes(found(peer, carrier.sound))).toBe(bytes(told.spoken));

    peer.send(carrier.reached(marks[0] ?? ""), { event: "stop" });
    await peer.closed;
    await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
    expect(at.memory.ends()).toEqual(["caller-hung-up"]);
    expect(at.memory.entries("turn").at(-1)).toMatchObject({ turn: { agentSent: "Hey.", agentHeard: "Hey." } });
    expect(await (await post(at, carrier, "after-stream")).text()).toMatch(/<Response><Hangup\/><\/Response>$/);
  });

  test("what was not heard is not counted as heard: the socket closes before the mark comes back", async () => {
    const { at } = await greeting();
    const peer = await connect(at, carrier);
    peer.send(...carrier.opening);
    await vi.waitFor(() => expect(found(peer, carrier.mark)).toHaveLength(1));
    peer.socket.close(1000);
    await vi.waitFor(() => expect(at.memory.jobs).toHaveLength(1));
    expect(at.memory.ends()).toEqual(["caller-hung-up"]);
    expect(at.memory.entries("turn").at(-1)).toMatchObject({ turn: { agentSent: "Hey.", agentHeard: "" } });
  });

  test("a report that the call is over ends it, a good while after its socket had the chance", async () => {
    const { at } = await greeting();
    const peer = await connect(at, carrier);
    peer.send(...carrier.opening);
    await vi.waitFor(() => expect(found(peer, carrier.mark)).toHaveLength(1));
    expect((await post(at, carrier, "status", { ...carrier.form, CallStatus: "completed" })).status).toBe(204);
    await at.clock.advance(2_000);
    await vi.waitFor(() => expect(at.memory.ends()).toEqual(["caller-hung-up"]));
  });

  test("I29: a forged webhook is 401 and opens nothing; a caller over the limit hears busy", async () => {
    const { at } = await greeting();
    const forged = { ...carrier, signed: () => carrier.signed("https://elsewhere.test", { Other: "form" }) };
    for (const path of ["voice", "after-stream", "status", "stream-status"])
      expect((await post(at, forged, path)).status, path).toBe(401);
    expect(at.memory.journal).toHaveLength(0);

    const full = await world({ maxCalls: 1, carriers: carriersOf(everybody) });
    await post(full, carrier, "voice");
    const id = carrier.form["CallUUID"] === undefined ? { CallSid: "second" } : { CallUUID: "second" };
    const turnedAway = await post(full, carrier, "voice", { ...carrier.form, ...id });
    expect(turnedAway.status).toBe(200);
    expect(await turnedAway.text()).toContain('reason="busy"');
  });

  test("without its secret every webhook answers 503 and says what is missing", async () => {
    const { at } = await greeting(nobody);
    for (const path of ["voice", "after-stream", "status", "stream-status"]) {
      const answer = await post(at, carrier, path);
      expect(answer.status).toBe(503);
      expect(await answer.text()).toMatch(new RegExp(`${carrier.name.toUpperCase()}_[A-Z_]+ is not set`));
    }
  });
});

test("Plivo: a signed upgrade is counted as signed, one signed wrong is 401", async () => {
  const { at } = await greeting();
  await expect(connect(at, { ...plivo, upgrade: () => plivoSigned("https://elsewhere.test") })).rejects.toThrow("401");
  await connect(at, plivo);
  expect(await at.counted("upgrades_unsigned")).toBe(0);
});

test("Telnyx: frames that come in another order are heard in theirs, and one that is lost holds nobody up for long", async () => {
  const { at, told } = await greeting();
  const peer = await connect(at, telnyx);
  peer.send(...telnyx.opening, ...[1, 3, 2, 5, 6, 4].map((place) => telnyx.media(place, frames[place - 1] ?? "")));
  await vi.waitFor(() => expect(told.heard).toHaveLength(6));
  expect(told.heard).toEqual(frames);

  // Frame 7 does not come: the sixth after it brings them all.
  peer.send(...[8, 9, 10, 11, 12, 13].map((place) => telnyx.media(place, frames[place - 8] ?? "")));
  await vi.waitFor(() => expect(told.heard).toHaveLength(12));
  expect(told.heard.slice(6)).toEqual(frames);

  // Nor does frame 14, and the stream ends before that is clear.
  peer.send(telnyx.media(15, frames[0] ?? ""), { event: "stop" });
  await peer.closed;
  expect(told.heard.at(-1)).toBe(frames[0]);
});

test("Telnyx: fields that come as JSON are not what was signed, whatever the signature", async () => {
  const { at } = await greeting();
  const answer = await fetch(`${at.origin}/telnyx/voice`, {
    method: "POST",
    headers: { ...telnyx.signed("", {}), "content-type": "application/json" },
    body: JSON.stringify(telnyx.form),
  });
  expect(answer.status).toBe(401);
  expect(at.memory.journal).toHaveLength(0);
});

test("Telnyx: a caller whose network speaks A-law is heard in µ-law, and greeted in µ-law untouched", async () => {
  const { at, told } = await greeting();
  const peer = await connect(at, telnyx);
  const opening = JSON.parse(JSON.stringify(telnyx.opening).replace("PCMU", "PCMA"));
  // A-law's silence, its loudest, and the sign between them.
  const alaw = Buffer.from([0xd5, 0x55, 0xaa, 0x2a]);
  peer.send(...opening, telnyx.media(1, alaw.toString("base64")));
  await vi.waitFor(() => expect(told.heard).toHaveLength(1));
  expect([...Buffer.from(told.heard[0] ?? "", "base64")]).toEqual([0xfe, 0x7e, 0x80, 0x00]);
  await vi.waitFor(() => expect(found(peer, telnyx.mark)).toHaveLength(1));
  expect(bytes(found(peer, telnyx.sound))).toBe(bytes(told.spoken));
});
