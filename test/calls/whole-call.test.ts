import { expect, test } from "vitest";
import { voice } from "../../src/simulator/voices.ts";
import { type Carrier, startRig, until } from "../rig.ts";

test.each<Carrier>(["twilio", "exotel"])(
  "%s: greeting, question, answer, goodbye, hang-up, books and transcript",
  async (carrier) => {
    await using rig = await startRig({ simulator: { voiceMsPerChar: 20 } });
    const call = await rig.dial(carrier);
    const heardMark = (n: number) =>
      call.waitFor((event) => event.kind === "mark-returned" && event.name.startsWith(`g${n}:`), 15_000);
    await heardMark(1);
    await call.say(voice("hi-question").audio);
    await heardMark(2);
    await call.say(voice("hi-bye").audio);
    await call.over;
    expect(call.log.filter(({ kind }) => kind === "warning")).toEqual([]);
    const [row] = await until("the transcript", async () => {
      const rows = await rig.sql<{ end_how: string; document: { lines: { by: string; text: string }[] } }>(
        "select c.end_how, t.document from calls c join transcripts t on t.call_id = c.id where c.carrier_call_id = $1",
        [call.callSid],
      );
      return rows.length > 0 && rows;
    });
    expect(row?.end_how).toBe("agent-hung-up");
    expect(row?.document.lines.map(({ by }) => by)).toEqual(["agent", "caller", "agent", "caller", "agent"]);
    expect(row?.document.lines[1]?.text).toBe(voice("hi-question").text);
  },
);
