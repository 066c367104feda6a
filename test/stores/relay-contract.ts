import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { QueuePlace } from "../../src/jobs/backend.ts";
import { openCommandRelay } from "../../src/jobs/command-relay.ts";
import type { CarryOut, CommandRelay } from "../../src/jobs/jobs.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { silentLog } from "../../src/kit/log.ts";
import { deafMeter } from "../../src/kit/meter.ts";
import type { CallId } from "../../src/record/record.ts";
import { until } from "../rig.ts";

/** Where the suite runs. Only a server can be taken down, and only it brings commands to other processes. */
export interface RelayGround {
  readonly place: QueuePlace;
  readonly server?: {
    down(): Promise<void>;
    up(): Promise<void>;
    freeze(): void;
    thaw(): void;
    /** Grows whenever a relay asks the server anything. */
    asked(): Promise<number>;
  };
  end(): Promise<void>;
}

const kit = { clock: systemClock, ids: randomIds(systemClock.wall), log: silentLog, meter: deafMeter };

let calls = 0;
const newCall = (): CallId => `call_${process.pid}_${++calls}` as CallId;

type Served = { readonly id: CallId; readonly done: unknown[]; readonly find: (id: CallId) => CarryOut | undefined };

/** A live call that answers with what it was told. */
function call(): Served {
  const id = newCall();
  const done: unknown[] = [];
  const carryOut: CarryOut = async (what) => {
    done.push(what);
    return what === "refuse" ? { ok: false, status: 409, message: "not now" } : { ok: true, answer: { told: what } };
  };
  return { id, done, find: (asked) => (asked === id ? carryOut : undefined) };
}

/** What every relay must do, whatever carries the letters. */
export function commandRelayTests(name: string, ground: RelayGround): void {
  const open: CommandRelay[] = [];
  const children: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(open.splice(0).map((relay) => relay.close()));
  });
  afterAll(() => ground.end());

  function relay(find: Served["find"] = () => undefined): CommandRelay {
    const made = openCommandRelay(ground.place, kit);
    open.push(made);
    made.serve(find);
    return made;
  }

  /** A relay that asks, and the call it asks for: in another relay, where there are others. */
  async function pair(): Promise<{ readonly asker: CommandRelay; readonly served: Served }> {
    const served = call();
    const server = relay(served.find);
    const asker = ground.server ? relay() : server;
    await heard(asker, served.id);
    served.done.length = 0;
    return { asker, served };
  }

  const heard = (asker: CommandRelay, callId: CallId): Promise<unknown> =>
    until("the call to be reached", async () => {
      const result = await asker.ask({ callId, what: "hello" }, 1000);
      return result !== "nobody" && result.ok;
    });

  describe(`the command relay on ${name}`, () => {
    test("a command reaches the call and its answer comes back", async () => {
      const { asker, served } = await pair();
      const what = { say: "नमस्ते 🙏", digits: ["1"], none: null };
      expect(await asker.ask({ callId: served.id, what })).toEqual({ ok: true, answer: { told: what } });
      expect(await asker.ask({ callId: served.id, what: "refuse" })).toEqual({
        ok: false,
        status: 409,
        message: "not now",
      });
      expect(served.done).toEqual([what, "refuse"]);
    });

    test("a call that no process has is nobody's", async () => {
      const { asker } = await pair();
      expect(await asker.ask({ callId: newCall(), what: 1 }, 500)).toBe("nobody");
    });

    test("the largest command arrives whole, in any script, and a larger one is refused", async () => {
      const { asker, served } = await pair();
      const what = "ह".repeat(Math.floor((64 * 1024 - 2) / 3));
      // The answer tells it back, and more would be too much for one.
      const shorter = what.slice(100);
      expect(await asker.ask({ callId: served.id, what: shorter })).toEqual({ ok: true, answer: { told: shorter } });
      await asker.ask({ callId: served.id, what });
      expect(await asker.ask({ callId: served.id, what: `${what}xyz` })).toMatchObject({ ok: false, status: 413 });
      expect(served.done.map((text) => String(text).length)).toEqual([shorter.length, what.length]);
    });

    test("two hundred commands of one asker are each carried out once, in order", async () => {
      const { asker, served } = await pair();
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      const results = await Promise.all(numbers.map((what) => asker.ask({ callId: served.id, what })));
      expect(results).toEqual(numbers.map((told) => ({ ok: true, answer: { told } })));
      expect(served.done).toEqual(numbers);
    });

    test("a relay that is closed asks no more", async () => {
      const { asker, served } = await pair();
      await asker.close();
      expect(await asker.ask({ callId: served.id, what: 1 })).toMatchObject({ ok: false, status: 503 });
      expect(served.done).toEqual([]);
    });
  });

  const { server } = ground;
  if (server) {
    async function child(callId: CallId): Promise<ChildProcess> {
      const order = JSON.stringify({ place: ground.place, callId });
      const script = join(import.meta.dirname, "relay-worker.ts");
      const made = spawn(process.execPath, ["--import", "tsx", script, order], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(made);
      return made;
    }

    describe(`the command relay between processes on ${name}`, () => {
      test("each of two processes carries out what is for its own call", async () => {
        const asker = relay();
        const ids = [newCall(), newCall()];
        const [first, second] = await Promise.all(ids.map(child));
        for (const [place, id] of ids.entries()) {
          await heard(asker, id);
          const pid = [first, second][place]?.pid;
          expect(await asker.ask({ callId: id, what: "who" })).toEqual({ ok: true, answer: { pid, what: "who" } });
        }
      });

      test("a process killed in the middle of a command leaves a clear answer, and then nobody", async () => {
        const asker = relay();
        const id = newCall();
        const worker = await child(id);
        await heard(asker, id);
        const saidSo = worker.stdout ? once(worker.stdout, "data") : Promise.reject(new Error("no stdout"));
        const result = asker.ask({ callId: id, what: "hang" }, 1500);
        await saidSo;
        worker.kill("SIGKILL");
        expect(await result).toMatchObject({
          ok: false,
          status: 504,
          message: expect.stringMatching(/unknown whether/),
        });
        expect(await asker.ask({ callId: id, what: "who" }, 500)).toBe("nobody");
      });

      test("when the server was away and is back, the call is reached again", async () => {
        const { asker, served } = await pair();
        await server.down();
        expect(await asker.ask({ callId: served.id, what: "lost" }, 500)).toMatchObject({ ok: false, status: 503 });
        await server.up();
        await until("the call to be reached", async () => {
          const result = await asker.ask({ callId: served.id, what: "back" });
          return result !== "nobody" && result.ok;
        });
        expect(served.done).toEqual(["back"]);
      });

      test("a command asked while the server restarts arrives, once", async () => {
        const { asker, served } = await pair();
        await server.down();
        const result = asker.ask({ callId: served.id, what: "patient" }, 20_000);
        await server.up();
        expect(await result).toEqual({ ok: true, answer: { told: "patient" } });
        expect(served.done).toEqual(["patient"]);
      });

      test("a command given up while the server was frozen is not carried out after the thaw", async () => {
        const { asker, served } = await pair();
        server.freeze();
        expect(await asker.ask({ callId: served.id, what: "lost" }, 500)).toMatchObject({ ok: false, status: 503 });
        server.thaw();
        await heard(asker, served.id);
        expect(served.done).not.toContain("lost");
      });

      test("relays opened while the server is down find each other when it is there, and can be closed before", async () => {
        await server.down();
        const early = relay();
        await early.close();
        const served = call();
        relay(served.find);
        const asker = relay();
        await server.up();
        await heard(asker, served.id);
      });

      test("a relay with nothing to do asks the server nothing", async () => {
        const { asker, served } = await pair();
        const before = await server.asked();
        await systemClock.sleep(3000, new AbortController().signal);
        expect(await server.asked()).toBe(before);
        await asker.ask({ callId: served.id, what: "something" });
        expect(await server.asked()).toBeGreaterThan(before);
      });
    });
  }
}
