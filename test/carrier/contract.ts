import { describe, expect, test } from "vitest";
import { type AudioFormat, sameFormat } from "../../src/audio/format.ts";
import type { Dialect, LineEvent } from "../../src/carrier/carrier.ts";
import { afterStreamContract, type HandOverWire } from "./contract-after.ts";
import { hostileContract } from "./contract-hostile.ts";
import { recorded, webhook } from "./fixtures.ts";

/** One call's messages as a carrier sends them, line by line: how its audio was declared, and what happens, audio runs as one. */
export type Recording = {
  readonly file: string;
  readonly format: AudioFormat;
  readonly story: readonly LineEvent["kind"][];
};

/** Everything in which carriers lawfully differ. What is not listed here is the same for all. */
export type DeclaredDifferences = {
  /** What we say on the socket, as the carrier reads it, and what it says when a mark is reached. */
  readonly wire: Wire;
  /** Reasons of the `stopped` that ends each recording. */
  readonly stopReasons: readonly string[];
  readonly minBytes: number;
  readonly alignBytes: number;
  /** The field of rings and status callbacks that names the call. */
  readonly callField: string;
  /** The field of a status callback that says how the call stands. */
  readonly statusField: string;
  readonly fromField: string;
  readonly toField: string;
  readonly answerType: string;
  /** How it is told whom to give the caller to; absent where that is not ours to tell. */
  readonly handOver?: HandOverWire;
  /** Numbers in what we tell it stand without their plus. */
  readonly bareNumbers?: true;
  /** The field that says who answered, and its words for a person and for a machine. */
  readonly answered: { readonly field: string; readonly human: string; readonly machine: string };
};

export type Wire = {
  /** The third frame, 240 ms into the stream. */
  readonly play: (payload: string, stream: string) => object;
  readonly mark: (name: string, stream: string) => object;
  readonly clear: (stream: string) => object;
  readonly echo: (name: string, stream: string) => { readonly event: string };
};

/**
 * The wire of those who speak as Twilio does. `idKeys`: under which names our messages carry the stream's id. `thirdFrame`: fields
 * of its `media` besides the payload.
 */
export function mediaMarkClear(idKeys: readonly string[], thirdFrame: Readonly<Record<string, string>> = {}): Wire {
  const ids = (stream: string) => Object.fromEntries(idKeys.map((key) => [key, stream]));
  const mark = (name: string, stream: string) => ({ event: "mark", ...ids(stream), mark: { name } });
  return {
    play: (payload, stream) => ({ event: "media", ...ids(stream), media: { payload, ...thirdFrame } }),
    mark,
    clear: (stream) => ({ event: "clear", ...ids(stream) }),
    echo: mark,
  };
}

const isEvent = (decoded: ReturnType<Dialect["decode"]>): decoded is LineEvent =>
  decoded !== undefined && decoded.kind !== "malformed";

export function dialectContract(
  name: string,
  dialect: Dialect,
  recordings: readonly Recording[],
  differences: DeclaredDifferences,
): void {
  describe(`${name} keeps the contract of dialects:`, () => {
    socketContract(dialect, recordings, differences);
    webhookContract(dialect, differences);
    reportContract(dialect, differences);
    afterStreamContract(dialect, differences.handOver, { bare: differences.bareNumbers ?? false });
  });
}

/** What of the contract is about the media socket. */
type SocketDifferences = Pick<DeclaredDifferences, "wire" | "stopReasons" | "minBytes" | "alignBytes">;

/** The part of the contract that also holds where there is no carrier, only a socket. */
export function socketContract(
  dialect: Dialect,
  recordings: readonly Recording[],
  differences: SocketDifferences,
): void {
  describe.each(recordings)("recorded in $file,", (recording) => {
    readingContract(dialect, recording, differences);
  });
  hostileContract(
    dialect,
    recordings.flatMap(({ file }) => recorded(file)),
    differences.wire.echo("m", "s").event,
  );
  writingContract(dialect, differences);
}

function readingContract(
  dialect: Dialect,
  { file, format, story }: Recording,
  { stopReasons }: SocketDifferences,
): void {
  const lines = recorded(file);
  const events = lines.map((line) => dialect.decode(line)).filter(isEvent);

  test("a whole call is understood, in order and without complaint", () => {
    expect(lines.filter((line) => dialect.decode(line)?.kind === "malformed")).toEqual([]);
    expect(events.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1])).toEqual(story);
  });

  test("the start names stream, call, format and parameters", () => {
    const [start] = events;
    expect(start).toMatchObject({ kind: "started", format, params: { tenant: "t_42", agent: "front-desk" } });
    expect(start?.kind === "started" && start.streamId && start.carrierCallId).toBeTruthy();
  });

  test("audio is handed on exactly as it was sent, with the carrier's own time", () => {
    const sent = lines
      .map((line) => JSON.parse(line).media)
      .filter((media) => media !== undefined)
      .map((media) => ({ payload: media.payload ?? media.Payload, atMs: Number(media.timestamp) }));
    const heard = events.filter((event) => event.kind === "audio");
    expect(heard.length).toBeGreaterThan(2);
    expect(heard.map(({ payload, atMs }) => ({ payload, atMs }))).toEqual(sent);
  });

  test("a key, a mark and the end are what they were", () => {
    expect(events).toContainEqual({ kind: "key", digit: "4" });
    expect(events).toContainEqual({ kind: "played", mark: "g7:c12" });
    const last = events.at(-1);
    expect(last?.kind === "stopped" && stopReasons.includes(last.reason)).toBe(true);
  });
}

function writingContract(dialect: Dialect, { wire, minBytes: least, alignBytes: aligned }: SocketDifferences): void {
  const odd = 'a"b\\c\nd\u0000';
  const streams = ["es_7f0a", odd];

  test.each(streams)("for the stream %j, a frame is exactly the carrier's JSON, its payload untouched", (id) => {
    const payload = Buffer.from(Array.from({ length: 480 }, (_, index) => index % 256)).toString("base64");
    const written = dialect.encode({ kind: "play", payload }, { id, chunk: 2, atMs: 240 });
    expect(JSON.parse(written)).toEqual(wire.play(payload, id));
  });

  test.each(streams)("for the stream %j, marks and clear are exactly the carrier's JSON", (id) => {
    const stream = { id, chunk: 0, atMs: 0 };
    for (const mark of ["g3:c1", odd]) {
      expect(JSON.parse(dialect.encode({ kind: "mark", mark }, stream))).toEqual(wire.mark(mark, id));
    }
    expect(JSON.parse(dialect.encode({ kind: "clear" }, stream))).toEqual(wire.clear(id));
  });

  test("a mark that the carrier sends back comes back with its name", () => {
    expect(dialect.decode(JSON.stringify(wire.echo("g3:c1", "es_7f0a")))).toEqual({ kind: "played", mark: "g3:c1" });
  });

  test("frames obey the carrier's rule and can be cut as text", () => {
    const { frameBytes, alignBytes, minBytes, maxBytes, padByte } = dialect.framing(dialect.usualFormat);
    expect({ minBytes, alignBytes }).toEqual({ minBytes: least, alignBytes: aligned });
    expect(frameBytes % 3).toBe(0);
    expect(frameBytes % alignBytes).toBe(0);
    expect(minBytes % alignBytes).toBe(0);
    expect(frameBytes).toBeGreaterThanOrEqual(minBytes);
    expect(frameBytes).toBeLessThanOrEqual(maxBytes);
    expect(padByte).toBe(sameFormat(dialect.usualFormat, { encoding: "mulaw", rate: 8000 }) ? 0xff : 0);
  });
}

function webhookContract(dialect: Dialect, differences: DeclaredDifferences): void {
  const { callField, statusField, fromField, toField, answerType } = differences;

  test("a ring names the call and both numbers as the carrier wrote them", () => {
    expect(dialect.ring({ [callField]: "c1", [fromField]: "+919800000001", [toField]: "08000000002" })).toEqual({
      carrierCallId: "c1",
      from: "+919800000001",
      to: "08000000002",
    });
  });

  test("a ring may lack its numbers, or say null, or say them twice", () => {
    expect(dialect.ring({ [callField]: ["c1", "c2"], [fromField]: "null" })).toEqual({
      carrierCallId: "c1",
      from: "",
      to: "",
    });
  });

  test.each([[undefined], [""], [[]], ["null"], ["c".repeat(500)]])(
    "a ring or a report with the call id %j is a complaint",
    (id: string | string[] | undefined) => {
      const params = id === undefined ? {} : { [callField]: id };
      expect(dialect.ring(params)).toMatchObject({ kind: "malformed" });
      expect(dialect.report({ ...params, [statusField]: "completed" })).toMatchObject({ kind: "malformed" });
    },
  );

  test("the answer, a refusal and the end are of the type the carrier reads; the answer holds the media URL", () => {
    const url = "wss://gw.example.test/media/TICKET-1";
    for (const answer of [dialect.answer(url, {}), dialect.busy(), dialect.afterStream({ kind: "hang-up" })]) {
      expect(answer.contentType).toBe(answerType);
    }
    expect(dialect.answer(url, {}).body).toContain(url);
    expect(dialect.busy().body).not.toContain("wss:");
  });

  test("an upgrade without proof of its own is let in on its ticket alone, and said to be", () => {
    expect(dialect.admitUpgrade(webhook({ method: "GET" }))).toEqual({ ok: true, signed: false });
  });

  test("a webhook without proof is refused", () => {
    expect(dialect.admitWebhook(webhook({ params: { [callField]: "c1" } }))).toMatchObject({ ok: false, status: 401 });
  });

  const names = [
    "x-twilio-signature",
    "x-signalwire-signature",
    "x-plivo-signature-v3",
    "telnyx-signature-ed25519",
    "authorization",
  ];
  const forged = [
    "",
    " ",
    "x",
    "Basic",
    "Basic ",
    "Basic !!!",
    "Bearer x",
    "Basic Og==",
    "=".repeat(28),
    "ÿ\u0000",
    "A".repeat(100_000),
  ];
  test.each(names)("a forged %s opens nothing and never throws", (name) => {
    for (const value of [...forged, forged]) {
      const request = webhook({ headers: { [name]: value } });
      expect(dialect.admitWebhook(request)).toMatchObject({ ok: false, status: 401 });
      expect(dialect.admitUpgrade(request)).not.toMatchObject({ signed: true });
    }
  });
}

function reportContract(dialect: Dialect, { callField, statusField, answered }: DeclaredDifferences): void {
  test.each([
    ["completed", true],
    ["busy", true],
    ["failed", true],
    ["no-answer", true],
    ["canceled", true],
    ["queued", false],
    ["ringing", false],
    ["in-progress", false],
  ])("a report of %s: over is %j, in everybody's words too, however often it is told", (status, over) => {
    const params = { [callField]: "c1", [statusField]: status };
    expect(dialect.report(params)).toEqual({ carrierCallId: "c1", over, status, state: status });
    expect(dialect.report(params)).toEqual(dialect.report(params));
  });

  test.each(["something-new", "constructor"])(
    "a report of %s is of a call that goes on, as far as we understand",
    (status) => {
      expect(dialect.report({ [callField]: "c1", [statusField]: status })).toEqual({
        carrierCallId: "c1",
        over: false,
        status,
      });
    },
  );

  test("a report that says nothing is a complaint", () => {
    expect(dialect.report({ [callField]: "c1" })).toMatchObject({ kind: "malformed" });
  });

  test("who answered a call of ours is told: a person, a machine, or something else", () => {
    const told = (word: string) => dialect.machine({ [callField]: "c1", [answered.field]: word });
    expect(told(answered.human)).toEqual({ carrierCallId: "c1", answeredBy: "human" });
    expect(told(answered.machine)).toEqual({ carrierCallId: "c1", answeredBy: "machine" });
    expect(told("parrot")).toEqual({ carrierCallId: "c1", answeredBy: "unknown" });
  });

  test("a callback that does not say who answered, or of which call, is a complaint", () => {
    expect(dialect.machine({ [callField]: "c1" })).toMatchObject({ kind: "malformed" });
    expect(dialect.machine({ [answered.field]: answered.human })).toMatchObject({ kind: "malformed" });
  });
}
