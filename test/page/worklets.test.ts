import { afterAll, expect, test, vi } from "vitest";

/** The audio thread of a browser, as far as the worklets see it. */
const RATE = 48_000;
const BLOCK = 128;
const MS = RATE / 1000;

type Processor = {
  readonly port: { readonly told: unknown[]; onmessage?: (event: { data: unknown }) => void };
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
};

const processors = new Map<string, new () => Processor>();
vi.stubGlobal("sampleRate", RATE);
vi.stubGlobal("registerProcessor", (name: string, processor: new () => Processor) => processors.set(name, processor));
vi.stubGlobal(
  "AudioWorkletProcessor",
  class {
    readonly port = { told: [] as unknown[], postMessage: (message: unknown) => void this.port.told.push(message) };
  },
);
await import("../../src/page/client/capture.worklet.ts");
await import("../../src/page/client/playback.worklet.ts");
afterAll(() => void vi.unstubAllGlobals());

function processor(name: string): Processor {
  const Made = processors.get(name);
  if (!Made) throw new Error(`${name} was not registered`);
  return new Made();
}

function player() {
  const made = processor("durvani-playback");
  return {
    tell: (data: object) => made.port.onmessage?.({ data }),
    /** What is heard in the next `ms`, rounded up to whole blocks. */
    hear(ms: number): number[] {
      const heard: number[] = [];
      while (heard.length < ms * MS) {
        const out = new Float32Array(BLOCK);
        made.process([], [[out]]);
        heard.push(...out);
      }
      return heard;
    },
    played: () => made.port.told.flatMap((told) => (isPlayed(told) ? [told.played] : [])),
    levels: () => made.port.told.flatMap((told) => (isLevel(told) ? [told.level] : [])),
  };
}

const isPlayed = (told: unknown): told is { played: string } =>
  typeof told === "object" && told !== null && "played" in told;
const isLevel = (told: unknown): told is { level: number } =>
  typeof told === "object" && told !== null && "level" in told;
const sound = (ms: number, value = 0.5): { sound: Float32Array } => ({ sound: new Float32Array(ms * MS).fill(value) });
const loud = (heard: readonly number[]): number => heard.filter((sample) => sample !== 0).length / MS;

test("sound is heard from 60 ms of it on, whole and in order", () => {
  const at = player();
  at.tell(sound(40, 0.1));
  expect(loud(at.hear(20))).toBe(0);
  at.tell(sound(40, 0.2));
  const heard = at.hear(100).filter((sample) => sample !== 0);
  expect(heard).toHaveLength(80 * MS);
  expect([heard[0], heard.at(-1)].map((sample) => sample?.toFixed(1))).toEqual(["0.1", "0.2"]);
});

test("a word shorter than that is heard all the same, 60 ms later", () => {
  const at = player();
  at.tell(sound(30));
  const heard = at.hear(120);
  expect(heard.findIndex((sample) => sample !== 0) / MS).toBeCloseTo(60, 0);
  expect(loud(heard)).toBe(30);
});

test("a mark comes back when all before it was heard, and not earlier", () => {
  const at = player();
  at.tell(sound(100));
  at.tell({ mark: "one" });
  at.tell(sound(100));
  at.tell({ mark: "two" });
  at.hear(95);
  expect(at.played()).toEqual([]);
  at.hear(10);
  expect(at.played()).toEqual(["one"]);
  at.hear(100);
  expect(at.played()).toEqual(["one", "two"]);
});

test("a mark with nothing before it comes back at once", () => {
  const at = player();
  at.tell({ mark: "empty" });
  at.hear(1);
  expect(at.played()).toEqual(["empty"]);
});

test("what is cleared fades within 5 ms without a jump, and its marks come back", () => {
  const at = player();
  at.tell(sound(1_000));
  at.tell({ mark: "never heard" });
  at.hear(100);
  at.tell({ clear: true });
  expect(at.played()).toEqual(["never heard"]);
  const heard = at.hear(50);
  expect(loud(heard)).toBeLessThanOrEqual(5);
  const jumps = heard.map((sample, index) => Math.abs(sample - (heard[index - 1] ?? 0.5)));
  expect(Math.max(...jumps)).toBeLessThan(0.01);
});

test("what comes after a clear is heard whole, with a wait of its own", () => {
  const at = player();
  at.tell(sound(130));
  at.tell({ mark: "old" });
  at.hear(100);
  at.tell({ clear: true });
  at.hear(20);
  at.tell(sound(70, 0.25));
  at.tell({ mark: "new" });
  expect(loud(at.hear(100))).toBe(70);
  expect(at.played()).toEqual(["old", "new"]);
});

test.each([
  ["a gap", 200],
  ["a clear before anything was heard", 40],
])("after %s, what comes waits its 60 ms again", (name, ms) => {
  const at = player();
  at.tell(sound(30));
  at.hear(ms);
  if (name !== "a gap") at.tell({ clear: true });
  at.tell(sound(30));
  const heard = at.hear(120);
  expect(heard.findIndex((sample) => sample !== 0) / MS).toBeCloseTo(60, 0);
});

test("a clear before anything was heard leaves silence", () => {
  const at = player();
  at.tell(sound(30));
  at.tell({ clear: true });
  expect(loud(at.hear(200))).toBe(0);
});

test("more than half a minute ahead is left out, and what is there stays whole", () => {
  const at = player();
  at.tell(sound(29_000, 0.25));
  at.tell(sound(2_000, 0.5));
  const heard = at.hear(32_000);
  expect(loud(heard)).toBe(30_000);
  expect(heard.slice(0, 29_000 * MS).every((sample) => sample === 0.25)).toBe(true);
});

test("how loud it is, is told every 50 ms", () => {
  const at = player();
  at.tell(sound(500));
  at.hear(200);
  expect(at.levels()).toHaveLength(3);
  expect(at.levels()[1]).toBeCloseTo(0.5);
});

test("the microphone's blocks are gathered to 20 ms, and none is lost", () => {
  const made = processor("durvani-capture");
  for (let block = 0; block < 15; block += 1) {
    made.process([[new Float32Array(BLOCK).map((_, index) => block * BLOCK + index)]], []);
  }
  const pieces = made.port.told as Float32Array[];
  expect(pieces.map(({ length }) => length)).toEqual([960, 960]);
  expect(pieces.flatMap((piece) => [...piece])).toEqual(Array.from({ length: 1_920 }, (_, index) => index));
});

test("a microphone that is gone goes on as silence", () => {
  const made = processor("durvani-capture");
  for (let block = 0; block < 8; block += 1) made.process([[]], []);
  expect(made.port.told).toEqual([new Float32Array(960)]);
});
