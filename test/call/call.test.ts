import { describe, expect, test } from "vitest";
import { POLICY } from "../../src/call/rules.ts";
import { ProviderError } from "../../src/kit/provider-error.ts";
import { final, mulaw, pcm16k, rig } from "./call-rig.ts";

describe("a call", () => {
  test("greets, is interrupted, answers, and hangs up once its goodbye was heard", async () => {
    const { clock, log, ear, line, end, turns } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(400);
    ear.put(final(0, "order status"));
    await clock.advance(450);
    ear.put({ kind: "speech-started", utterance: 1 });
    await clock.advance(100);
    ear.put(final(1, "bye"));
    await clock.advance(1000);
    expect(await end).toEqual({ how: "agent-hung-up", detail: "the agent said goodbye" });
    expect(turns().map((t) => [t.userText, t.agentHeard, t.interrupted])).toEqual([
      ["", "Namaste, how can I help?", false],
      ["order status", "You said order status.", true],
      ["bye", "Goodbye.", false],
    ]);
    expect(log.filter((entry) => entry === "clear")).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test("S0.18: the ear hears every frame untouched, also while the agent speaks", async () => {
    const { clock, heard, line, stop, end } = rig();
    line.onAudio("AAAA");
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(50);
    line.onAudio("BBBB");
    expect(heard).toEqual(["AAAA", "BBBB"]);
    stop.abort(new Error("enough"));
    await expect(end).rejects.toThrow("enough");
  });

  test("never sends more than 400 ms ahead of the caller's ear", async () => {
    const { clock, log, ear, line, stop, end } = rig({
      async *reply() {
        for (let i = 0; i < 10; i++) yield { kind: "text", text: `Sentence ${i}.` };
      },
    });
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(400);
    ear.put(final(0, "go on"));
    const before = log.filter((entry) => entry === "play").length;
    for (let elapsedMs = 0; elapsedMs < 2500; elapsedMs += 50) {
      await clock.advance(elapsedMs === 0 ? 0 : 50);
      const sentMs = (log.filter((entry) => entry === "play").length - before) * 60;
      expect(sentMs - elapsedMs).toBeLessThanOrEqual(400);
      expect(sentMs).toBeGreaterThanOrEqual(Math.min(3000, elapsedMs)); // and never lets the line run dry
    }
    stop.abort(new Error("enough"));
    await expect(end).rejects.toThrow("enough");
  });

  test("S0.14: audio goes out in the same turn of the event loop it came in", async () => {
    const { clock, log, line, stop, end } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(0);
    expect(log).toContain("play");
    stop.abort(new Error("enough"));
    await expect(end).rejects.toThrow();
  });

  test("I4: one mark is sent for each sentence", async () => {
    const { clock, log, ear, line, stop, end } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(400);
    ear.put(final(0, "hello"));
    await clock.advance(1000);
    expect(log.filter((entry) => entry.startsWith("mark"))).toEqual(["mark g1:0", "mark g2:0", "mark g2:1"]);
    stop.abort(new Error("enough"));
    await expect(end).rejects.toThrow();
  });

  test("after an interruption nothing of the old reply is sent, and clear comes before anything new", async () => {
    const { clock, log, ear, line, stop, end } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(60);
    ear.put({ kind: "speech-started", utterance: 0 });
    await clock.advance(2000);
    const after = log.slice(log.indexOf("clear") + 1);
    expect(after).toEqual([]);
    ear.put(final(0, "hello"));
    await clock.advance(100);
    expect(log.slice(log.indexOf("clear") + 1)).toContain("play");
    stop.abort(new Error("enough"));
    await expect(end).rejects.toThrow();
  });

  test("opens ear and mouth anew when the line carries another format than expected", async () => {
    const { clock, log, line, stop, end } = rig();
    line.onSignal({ kind: "started", format: pcm16k });
    await clock.advance(0);
    expect(log.slice(0, 5)).toEqual([
      "ear mulaw 8000",
      "mouth mulaw 8000",
      "ear linear16 16000",
      "mouth closed",
      "mouth linear16 16000",
    ]);
    stop.abort(new Error("enough"));
    await expect(end).rejects.toThrow();
  });

  test("a dialog that fails twice ends the call with the recorded apology and a reason, not with silence", async () => {
    const { clock, ear, line, end, turns } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(400);
    ear.put(final(0, "fail"));
    await clock.advance(400);
    ear.put(final(1, "fail"));
    await clock.advance(2000);
    expect(await end).toEqual({ how: "failed", detail: "502 from the model" });
    expect(turns().at(-1)?.agentHeard).toBe("Sorry.");
  });

  test("an ear that gives up plays the apology and ends the call", async () => {
    const { clock, ear, line, end } = rig();
    ear.put({ kind: "ear-failed", error: new ProviderError("sarvam-stt", "HTTP 403", false) });
    await clock.advance(0);
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(1000);
    expect(await end).toEqual({ how: "failed", detail: "HTTP 403" });
  });

  test("everything that came in and went out is in its journal, in order", async () => {
    const { clock, journal, line, end } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(100);
    line.onSignal({ kind: "line-over", how: "caller-hung-up", detail: "stop" });
    await end;
    expect(journal[0]).toMatchObject({ atMs: 0, call: { agent: "test", policy: POLICY } });
    expect(journal[1]).toMatchObject({ atMs: 0, line: { do: "framing", framing: { frameBytes: 480 } } });
    expect(journal[2]).toEqual({ atMs: 0, in: { kind: "started", format: mulaw } });
    expect(journal.findLast((entry) => "out" in entry)).toMatchObject({
      out: { do: "end", end: { how: "caller-hung-up" } },
    });
    expect(() => JSON.stringify(journal)).not.toThrow();
  });

  test("a call cut off from outside has written down what was said and heard", async () => {
    const { clock, ear, line, stop, end, turns } = rig();
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(400);
    ear.put(final(0, "hello"));
    await clock.advance(400);
    stop.abort(new Error("cut off"));
    await expect(end).rejects.toThrow("cut off");
    expect(turns().at(-1)).toMatchObject({ userText: "hello", agentHeard: "You said hello.", interrupted: true });
    expect(turns().at(-1)?.endedMs).toBeDefined();
  });

  test("a call that fails by a mistake of ours has written down what was said and heard", async () => {
    const { clock, ear, line, end, turns } = rig();
    const failed = expect(end).rejects.toThrow("our mistake");
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(200);
    line.framing = () => {
      throw new Error("our mistake");
    };
    ear.put(final(0, "hello"));
    await clock.advance(100);
    await failed;
    expect(turns().map(({ userText, endedMs }) => [userText, endedMs !== undefined])).toEqual([
      ["", true],
      ["hello", true],
    ]);
  });

  test("a dialog that never answers is given up after a while, twice, and the call ends with its reason", async () => {
    const { clock, ear, line, end } = rig({
      async *reply() {
        await new Promise(() => {});
        yield { kind: "hang-up" };
      },
    });
    line.onSignal({ kind: "started", format: mulaw });
    await clock.advance(400);
    ear.put(final(0, "hello"));
    await clock.advance(POLICY.reply.thinkMs + 1000);
    ear.put(final(1, "hello?"));
    await clock.advance(POLICY.reply.thinkMs + 2000);
    expect(await end).toEqual({ how: "failed", detail: "nothing was heard of the answer in time" });
  });
});
