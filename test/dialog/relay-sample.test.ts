import { expect, onTestFinished, test, vi } from "vitest";
import { type CrApplicationOptions, startCrApplication } from "./cr-application.ts";
import { CALL, join, SOON, saidUnder, textOf } from "./relay-rig.ts";

const authToken = "0123456789abcdef0123456789abcdef";
const access = { authToken, rules: { allowPrivate: true, httpsOnly: false } };

/** A call with the sample application, once it knows of it. */
async function calling(options: CrApplicationOptions = {}) {
  const app = await startCrApplication({ authToken, ...options });
  onTestFinished(() => app.close());
  const call = join(app.url, { access, relay: { dtmfDetection: true, partialPrompts: true } });
  const session = await vi.waitFor(() => {
    const [first] = app.sessions;
    if (!first) throw new Error("no session");
    return first;
  }, SOON);
  return { session, ...call };
}

test("the sample application answers a prompt in sentences, whatever partials came before it", async () => {
  const { session, dialog, heard } = await calling();
  expect(session.callSid).toBe(CALL.carrierCallId);
  dialog.tell({ kind: "partial", text: "where" });
  dialog.tell({ kind: "words", text: "where is my order" });
  const { speech } = await heard("dialog-speaks");
  expect(await saidUnder(dialog, speech)).toEqual([
    "You said: where is my order.",
    "That is a good question, and I am glad you asked.",
    "Is there anything else I can do for you today?",
  ]);
});

test("interrupted, it stops and forgets what was not heard", async () => {
  const { session, dialog, heard } = await calling({ answer: () => "One two. ".repeat(200), tokenEveryMs: 1 });
  dialog.tell({ kind: "words", text: "count" });
  const { speech } = await heard("dialog-speaks");
  const stop = new AbortController();
  const spoken = dialog.speech(speech, stop.signal)[Symbol.asyncIterator]();
  expect(textOf((await spoken.next()).value)).toBe("One two. One two.");
  stop.abort(new Error("cut"));
  dialog.tell({ kind: "interrupted", heard: "One two. One", afterMs: 900 });
  await vi.waitFor(() => expect(session.received.at(-1)).toMatchObject({ type: "interrupt" }), SOON);
  expect(session.history.at(-1)).toEqual({ role: "assistant", content: "One two. One" });
});

test("it says which key was pressed", async () => {
  const { dialog, heard } = await calling();
  dialog.tell({ kind: "key", digit: "7" });
  expect(await saidUnder(dialog, (await heard("dialog-speaks")).speech)).toEqual(["You pressed 7."]);
});

test("it changes the language when it is asked to", async () => {
  const { dialog, heard } = await calling();
  dialog.tell({ kind: "words", text: "Hindi please" });
  const { speech } = await heard("dialog-speaks");
  expect(await heard("dialog-language")).toEqual({ kind: "dialog-language", speaks: "hi-IN" });
  expect(await saidUnder(dialog, speech)).toEqual(["ज़रूर, अब हम हिंदी में बात करेंगे।"]);
});

test("it hands the caller over to an agent, and says so first", async () => {
  const { dialog, heard } = await calling();
  dialog.tell({ kind: "words", text: "an agent please" });
  const { handoffData = "" } = await heard("dialog-ends");
  expect(JSON.parse(handoffData)).toMatchObject({ reasonCode: "live-agent-handoff" });
  expect(await saidUnder(dialog, 1)).toEqual(["One moment, I will connect you to a colleague."]);
});

test("it lets nobody in whose upgrade is not signed as Twilio signs it", async () => {
  const app = await startCrApplication({ authToken });
  onTestFinished(() => app.close());
  const { heard } = join(app.url, { access: { ...access, authToken: "another" } });
  expect((await heard("dialog-failed")).message).toMatch(/HTTP 401/);
  expect(app.sessions).toEqual([]);
});
