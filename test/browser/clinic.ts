import { createHash } from "node:crypto";
import type { TwinCall } from "../../src/simulator/twins/twin.ts";
import { voice } from "../../src/simulator/voices.ts";
import { greeted, hangUp, type Story } from "../calls/story.ts";
import { until } from "../rig.ts";
import { startPages } from "./gateway.ts";

export const KEYS = { admin: "a-key-that-may-all", reader: "a-key-that-only-looks" } as const;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export const GREETING = "नमस्ते! मैं संजीवनी क्लिनिक से प्रिया बोल रही हूँ।";
export const ANSWER = [
  "जी, आपका ऑर्डर रास्ते में है।",
  "वह कल शाम छह बजे तक आपके घर पहुँच जाएगा, और पहुँचने से पहले आपको एक संदेश मिलेगा।",
  "क्या मैं आपकी और कोई मदद कर सकती हूँ?",
];

const CLINIC = {
  name: "clinic",
  greeting: GREETING,
  language: "hi-IN",
  listensFor: "unknown",
  dialog: {
    kind: "rules",
    rules: [
      { when: ["* ऑर्डर *"], say: ANSWER.join(" ") },
      { when: ["* शुक्रिया", "धन्यवाद *"], say: "आपका स्वागत है। आपका दिन शुभ हो!" },
    ],
    otherwise: "जी, मैं सुन रही हूँ। कृपया फिर से कहिए।",
  },
  limits: { silenceSeconds: 60 },
} as const;

/** A gateway with recordings, whose agent answers at some length. */
export const startClinic = (): Promise<Story> =>
  startPages({
    agents: { default: CLINIC },
    env: {
      SARVAM_STT_API: "realtime",
      RECORD_CALLS: "wav",
      API_KEYS: `asha:admin:${sha256(KEYS.admin)},visitor:read:${sha256(KEYS.reader)}`,
    },
    simulator: { voiceMsPerChar: 40 },
  });

/** Somebody calls, is greeted, asks about their order, and cuts the answer short in its second sentence. */
export async function interruptedCall(story: Story, from: string): Promise<TwinCall> {
  const call = await story.dialTwilio({ from, to: "+918047182200" });
  await greeted(call);
  await saysInto(call, "hi-question");
  return call;
}

/** Speaks once the agent's answer to this was half heard. */
async function saysInto(call: TwinCall, name: string): Promise<void> {
  await call.say(voice(name).audio, voice(name).text);
  await call.waitFor(({ kind }) => kind === "mark-returned", 20_000, call.log.length);
  await call.say(voice("hi-thanks").audio, voice("hi-thanks").text);
}

/** The same to its end, with everything that is written of it afterwards. */
export async function finishedCall(story: Story, from: string): Promise<string> {
  const call = await interruptedCall(story, from);
  await call.waitFor(({ kind }) => kind === "mark-returned", 20_000, call.log.length);
  await hangUp(call);
  const { id } = await story.ended(call);
  await until("the recording", async () => {
    const rows = await story.sql("select from recordings where call_id = $1", [id]);
    return rows.length > 0;
  });
  return id;
}

/** Calls of days ago, that nobody needs to wait for: `ended` as they say. */
export const storedCalls = (story: Story, count: number, how: string): Promise<readonly unknown[]> =>
  story.sql(
    `insert into calls (id, carrier, carrier_call_id, from_number, to_number, agent, language, status, opened_at, answered_at, ended_at, end_how, end_detail)
     select 'call_' || $2 || lpad(n::text, 6, '0'), 'twilio', 'CA' || $2 || n, '+9198450' || lpad(n::text, 5, '0'), '+918047182200',
       'clinic', 'ta-IN', 'ended', now() - interval '1 day' - n * interval '7 minutes', now() - interval '1 day' - n * interval '7 minutes',
       now() - interval '1 day' - n * interval '7 minutes' + interval '95 seconds', $3, case when $3 = 'failed' then 'the voice did not answer in time' else '' end
     from generate_series(1, $1::int) n`,
    [count, how.replaceAll("-", ""), how],
  );
