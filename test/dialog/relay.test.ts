import { expect, test, vi } from "vitest";
import type { DialogNews } from "../../src/dialog/dialog.ts";
import { application, CALL, join, SOON, saidUnder, textOf } from "./relay-rig.ts";

const kinds = (news: readonly DialogNews[]): readonly string[] => news.map(({ kind }) => kind);

/** Both sides once the first message has come. */
async function connected(options: Parameters<typeof join>[1] = {}) {
  const app = await application();
  const call = join(app.url, options);
  const setup = await app.next("setup");
  return { app, setup, ...call };
}

test("the setup comes first, once, with every field an application may read", async () => {
  const { app, setup, dialog } = await connected({ relay: { customParameters: { shop: "s1" } } });
  expect(setup).toEqual({
    type: "setup",
    sessionId: expect.stringMatching(/^VX[0-9a-f]{32}$/),
    accountSid: "",
    callSid: CALL.carrierCallId,
    parentCallSid: "",
    from: CALL.from,
    to: CALL.to,
    forwardedFrom: "",
    callerName: "",
    direction: "inbound",
    callType: "PSTN",
    callStatus: "RINGING",
    customParameters: { tenant: "t_42", shop: "s1" },
  });
  dialog.tell({ kind: "words", text: "hello" });
  await app.next("prompt");
  expect(app.told.map(({ type }) => type)).toEqual(["setup", "prompt"]);
});

test("a call of another carrier has our identifier in the place of Twilio's", async () => {
  const { setup } = await connected({ call: { carrier: "exotel", direction: "outbound" } });
  expect(setup).toMatchObject({ callSid: "call_1", direction: "outbound-api" });
});

test("without partial prompts the caller's words come once, as the last; with exactly four fields", async () => {
  const { app, dialog } = await connected();
  dialog.tell({ kind: "partial", text: "I would" });
  dialog.tell({ kind: "words", text: "I would like to book", language: "hi-IN" });
  const prompt = await app.next("prompt");
  expect(prompt).toEqual({ type: "prompt", voicePrompt: "I would like to book", lang: "hi-IN", last: true });
});

test("partial prompts are cumulative: each repeats the whole, and one last has it all", async () => {
  const { app, dialog } = await connected({ relay: { partialPrompts: true } });
  dialog.tell({ kind: "partial", text: "I would" });
  dialog.tell({ kind: "partial", text: "I would like to" });
  dialog.tell({ kind: "words", text: "I would like to book." });
  const prompts = [await app.next("prompt"), await app.next("prompt"), await app.next("prompt")];
  expect(prompts.map(({ voicePrompt, last }) => [voicePrompt, last])).toEqual([
    ["I would", false],
    ["I would like to", false],
    ["I would like to book.", true],
  ]);
  expect(prompts[0]).toEqual({ type: "prompt", voicePrompt: "I would", lang: "en-IN", last: false });
});

test("the length of what was heard is a string", async () => {
  const { app, dialog } = await connected();
  dialog.tell({ kind: "interrupted", heard: "Sure, for what day", afterMs: 1239.6 });
  expect(await app.next("interrupt")).toEqual({
    type: "interrupt",
    utteranceUntilInterrupt: "Sure, for what day",
    durationUntilInterruptMs: "1240",
  });
});

test.each([false, true])("keys are told only where they are asked for: %s", async (dtmfDetection) => {
  const { app, dialog } = await connected({ relay: { dtmfDetection } });
  dialog.tell({ kind: "key", digit: "5" });
  dialog.tell({ kind: "words", text: "hello" });
  await app.next("prompt");
  const keys = app.told.filter(({ type }) => type === "dtmf");
  expect(keys).toEqual(dtmfDetection ? [{ type: "dtmf", digit: "5" }] : []);
});

test("what somebody at the controls says reaches the application as a prompt: the protocol knows no other", async () => {
  const { app, dialog } = await connected();
  dialog.tell({ kind: "message", text: "Offer a discount." });
  expect(await app.next("prompt")).toMatchObject({ voicePrompt: "Offer a discount.", last: true });
});

test("an application may speak before it was spoken to, and is heard before it has finished", async () => {
  const { app, dialog, heard } = await connected();
  app.say({ type: "text", token: "Welcome to the " }, { type: "text", token: "clinic. How " });
  const { speech, of } = await heard("dialog-speaks");
  expect([speech, of]).toEqual([1, "words"]);
  const spoken = dialog.speech(speech, new AbortController().signal)[Symbol.asyncIterator]();
  expect((await spoken.next()).value).toEqual({ kind: "text", text: "Welcome to the clinic." });
  app.say({ type: "text", token: "can I help?", last: true });
  expect((await spoken.next()).value).toEqual({ kind: "text", text: "How can I help?" });
  expect((await spoken.next()).done).toBe(true);
});

test("an empty token with last closes a cycle, and alone is nothing to say", async () => {
  const { app, dialog, heard, news } = await connected();
  app.say({ type: "text", token: "", last: true }, { type: "text", token: "Yes", last: false });
  app.say({ type: "text", token: "", last: true }, { type: "text", token: "And no.", last: true });
  await heard("dialog-speaks", 1);
  expect(kinds(news)).toEqual(["dialog-speaks", "dialog-speaks"]);
  expect([await saidUnder(dialog, 1), await saidUnder(dialog, 2)]).toEqual([["Yes"], ["And no."]]);
});

test("a sentence is said when the application pauses after it, not when it goes on", async () => {
  const { app, dialog, heard, clock } = await connected();
  app.say({ type: "text", token: "One moment please." });
  const { speech } = await heard("dialog-speaks");
  const spoken = dialog.speech(speech, new AbortController().signal)[Symbol.asyncIterator]();
  const first = spoken.next();
  await clock.advance(300);
  expect((await first).value).toEqual({ kind: "text", text: "One moment please." });
  app.say({ type: "text", token: "Found it.", last: true });
  expect((await spoken.next()).value).toEqual({ kind: "text", text: "Found it." });
});

test("an unfinished sentence is not torn by a pause", async () => {
  const { app, dialog, heard, clock } = await connected();
  app.say({ type: "text", token: "Let me just " });
  const spoken = saidUnder(dialog, (await heard("dialog-speaks")).speech);
  await clock.advance(4999);
  app.say({ type: "text", token: "look.", last: true });
  expect(await spoken).toEqual(["Let me just look."]);
});

test.each(["That is all.", "That is all"])(
  "an application that forgets to say last has finished after 5 s: %s",
  async (token) => {
    const { app, dialog, heard, clock } = await connected();
    app.say({ type: "text", token });
    const spoken = saidUnder(dialog, (await heard("dialog-speaks")).speech);
    await clock.advance(5300);
    expect(await spoken).toEqual([token]);
    app.say({ type: "text", token: "One thing more.", last: true });
    expect(await saidUnder(dialog, (await heard("dialog-speaks", 1)).speech)).toEqual(["One thing more."]);
  },
);

test.each([
  [undefined, "any"],
  [true, "any"],
  [false, "none"],
  ["none", "none"],
  ["dtmf", "dtmf"],
  ["speech", "speech"],
])("interruptible %s means %s: booleans are aliases", async (interruptible, meant) => {
  const { app, heard } = await connected();
  app.say({ type: "text", token: "Listen.", last: true, interruptible, preemptible: true });
  expect(await heard("dialog-speaks")).toMatchObject({ interruptible: meant, preemptible: true });
});

test("what a token leaves open is as the agents file has it", async () => {
  const { app, heard } = await connected({ relay: { interruptible: false, preemptible: true } });
  app.say({ type: "text", token: "Listen.", last: true, lang: null, interruptible: null, preemptible: null });
  expect(await heard("dialog-speaks")).toMatchObject({ interruptible: "none", preemptible: true });
});

test("tokens after an interrupt are still spoken, as a new cycle", async () => {
  const { app, dialog, heard } = await connected();
  app.say({ type: "text", token: "The first is. The second " });
  const { speech } = await heard("dialog-speaks");
  const stop = new AbortController();
  const spoken = dialog.speech(speech, stop.signal)[Symbol.asyncIterator]();
  expect(textOf((await spoken.next()).value)).toBe("The first is.");
  const rest = spoken.next();
  stop.abort(new Error("cut"));
  dialog.tell({ kind: "interrupted", heard: "The first", afterMs: 500 });
  await expect(rest).rejects.toThrow("cut");
  await app.next("interrupt");
  app.say({ type: "text", token: "is not heard, the third is.", last: true });
  const next = await heard("dialog-speaks", 1);
  expect(next.speech).toBe(2);
  expect(await saidUnder(dialog, 2)).toEqual(["is not heard, the third is."]);
});

test("a cycle that was waiting to be said is over too once the caller cuts in", async () => {
  const { app, dialog, heard } = await connected();
  app.say({ type: "text", token: "One.", last: true }, { type: "text", token: "Two, " });
  await heard("dialog-speaks", 1);
  dialog.tell({ kind: "interrupted", heard: "One", afterMs: 300 });
  app.say({ type: "text", token: "three.", last: true });
  expect((await heard("dialog-speaks", 2)).speech).toBe(3);
  expect(await saidUnder(dialog, 3)).toEqual(["three."]);
});

test("what was announced as the caller cut in may still be asked for; what was dropped is not kept for ever", async () => {
  const { app, dialog, heard } = await connected();
  app.say({ type: "text", token: "One.", last: true }, { type: "text", token: "Two.", last: true });
  await heard("dialog-speaks", 1);
  dialog.tell({ kind: "interrupted", heard: "", afterMs: 0 });
  expect(await saidUnder(dialog, 2)).toEqual(["Two."]);
  expect(await saidUnder(dialog, 1)).toEqual([]);
});

test("tokens of a speech that nobody listens to any more begin another", async () => {
  const { app, dialog, heard } = await connected();
  app.say({ type: "text", token: "Well, " });
  const { speech } = await heard("dialog-speaks");
  const stop = new AbortController();
  const spoken = saidUnder(dialog, speech, stop.signal);
  stop.abort(new Error("replaced"));
  await expect(spoken).rejects.toThrow("replaced");
  app.say({ type: "text", token: "here I am.", last: true });
  await heard("dialog-speaks", 1);
  expect(await saidUnder(dialog, 2)).toEqual(["here I am."]);
});

test.each([
  ["an unknown type", { type: "greet", token: "secret words" }, "it has no known type"],
  ["a wrong type of a field", { type: "text", token: 7 }, "it token: Invalid input: expected string, received number"],
  [
    "handoff data that is no string",
    { type: "end", handoffData: { queue: "a" } },
    "it handoffData: Invalid input: expected string, received object",
  ],
  ["an unknown digit", { type: "sendDigits", digits: "12x" }, "it digits: may hold 0-9, *, # and w, 32 at the most"],
  [
    "more digits than are sent",
    { type: "sendDigits", digits: "1".repeat(33) },
    "it digits: may hold 0-9, *, # and w, 32 at the most",
  ],
  ["no language", { type: "language" }, "it names neither ttsLanguage nor transcriptionLanguage"],
  ["no JSON", "hello", "it is not JSON"],
  ["a flood", `{"type":"text","token":"${"a".repeat(65_536)}"}`, "it is longer than 64 KiB"],
])("%s ends the session, and the application is told why first", async (_what, message, why) => {
  const { app, heard, news } = await connected();
  app.say(message, { type: "text", token: "More.", last: true });
  const { message: told } = await heard("dialog-failed");
  expect(await app.next("error")).toEqual({ type: "error", description: `Invalid message received (64107): ${why}` });
  await vi.waitFor(() => expect(app.codes).toEqual([1000]), SOON);
  expect(kinds(news)).toEqual(["dialog-failed"]);
  expect(told).not.toMatch(/secret|hello/);
});

test("fields that nobody knows are passed over", async () => {
  const { app, heard } = await connected();
  app.say({ type: "text", token: "Fine.", last: true, voice: "Joanna" });
  expect(await heard("dialog-speaks")).toMatchObject({ speech: 1 });
});

test("digits are sent as they stand", async () => {
  const { app, heard } = await connected();
  app.say({ type: "sendDigits", digits: "12w3#" });
  expect(await heard("dialog-digits")).toEqual({ kind: "dialog-digits", digits: "12w3#" });
});

test("end says to its end what was begun, gives on the handoff data as it is, and closes the socket", async () => {
  const { app, dialog, heard, news } = await connected();
  app.say({ type: "text", token: "Goodbye for now" }, { type: "end", handoffData: '{"queue":"billing"}' });
  app.say({ type: "text", token: "Too late.", last: true });
  expect(await heard("dialog-ends")).toEqual({ kind: "dialog-ends", handoffData: '{"queue":"billing"}' });
  await vi.waitFor(() => expect(app.codes).toEqual([1000]), SOON);
  expect(await saidUnder(dialog, 1)).toEqual(["Goodbye for now"]);
  expect(kinds(news)).toEqual(["dialog-speaks", "dialog-ends"]);
});

test("a language is spoken and listened for from the next speech on", async () => {
  const { app, dialog, heard, news } = await connected();
  app.say({ type: "language", ttsLanguage: "ta-IN", transcriptionLanguage: "hi-IN" });
  app.say({ type: "text", token: "வணக்கம்.", last: true });
  await heard("dialog-speaks");
  expect(news.slice(0, 2)).toEqual([
    { kind: "dialog-language", speaks: "ta-IN" },
    { kind: "dialog-language", listensFor: "hi-IN" },
  ]);
  dialog.tell({ kind: "words", text: "नमस्ते" });
  expect(await app.next("prompt")).toMatchObject({ lang: "hi-IN" });
});

test.each([
  ["hi", "hi-IN"],
  ["or-IN", "od-IN"],
  ["en-US", "en-IN"],
])("the tag %s is spoken as %s, which is noted", async (tag, language) => {
  const { app, heard } = await connected({ language: "bn-IN" });
  app.say({ type: "language", ttsLanguage: tag });
  expect(await heard("dialog-note")).toEqual({ kind: "dialog-note", note: `${language} stands in for ${tag}` });
  expect(await heard("dialog-language")).toEqual({ kind: "dialog-language", speaks: language });
});

test("a tag that comes with every token is noted once", async () => {
  const { app, heard, news } = await connected();
  app.say({ type: "text", token: "One ", lang: "en-US" }, { type: "text", token: "two.", lang: "en-US", last: true });
  app.say({ type: "sendDigits", digits: "1" });
  await heard("dialog-digits");
  expect(kinds(news)).toEqual(["dialog-note", "dialog-speaks", "dialog-digits"]);
});

test("multi lets the ear find out the language", async () => {
  const { app, heard } = await connected();
  app.say({ type: "language", transcriptionLanguage: "multi" });
  expect(await heard("dialog-language")).toEqual({ kind: "dialog-language", listensFor: "unknown" });
});

test.each([
  [{ type: "language", ttsLanguage: "ta-IN" }],
  [{ type: "language", transcriptionLanguage: "es-ES" }],
  [{ type: "text", token: "Hola.", lang: "es-ES", last: true }],
])("a language that was not declared ends the session: %j", async (message) => {
  const { app, heard, news } = await connected({ relay: { languages: ["hi-IN"] } });
  app.say(message);
  expect((await heard("dialog-failed")).message).toMatch(/a language that was not declared: (ta-IN|es-ES)$/);
  expect(kinds(news)).toEqual(["dialog-failed"]);
});

test("a token in another language is a speech of its own, and the next cycle is in the usual one", async () => {
  const { app, dialog, heard, news } = await connected({ relay: { languages: ["hi-IN"] } });
  app.say({ type: "text", token: "They say " }, { type: "text", token: "नमस्ते ", lang: "hi-IN" });
  app.say(
    { type: "text", token: "भाई।", last: true },
    { type: "text", token: "That is it.", last: true, lang: "en-IN" },
  );
  await vi.waitFor(() => expect(news).toHaveLength(5), SOON);
  const { kind: _, ...first } = await heard("dialog-speaks");
  expect(
    news.map((it) => (it.kind === "dialog-language" ? it.speaks : it.kind === "dialog-speaks" && it.speech)),
  ).toEqual([first.speech, "hi-IN", 2, "en-IN", 3]);
  const said = [await saidUnder(dialog, 1), await saidUnder(dialog, 2), await saidUnder(dialog, 3)];
  expect(said).toEqual([["They say"], ["नमस्ते भाई।"], ["That is it."]]);
});

test("an application that is a mebibyte ahead of the caller's ear has failed", async () => {
  const { app, heard } = await connected();
  for (let sent = 0; sent < 9; sent++) app.say({ type: "text", token: "a ".repeat(30_000) });
  expect((await heard("dialog-failed")).message).toBe("the application says more than can be kept waiting");
});

test("many small things to say are bounded too", async () => {
  const { app, heard, news } = await connected();
  for (let sent = 0; sent < 1100; sent++) app.say({ type: "text", token: "a", last: true });
  await heard("dialog-failed");
  expect(news.length).toBeGreaterThan(1000);
});

test("words that have been taken do not wait: a long story is no flood", async () => {
  const { app, dialog, heard, news } = await connected();
  let story: Promise<readonly string[]> | undefined;
  for (let sent = 0; sent < 20; sent++) {
    app.say({ type: "text", token: `${"word ".repeat(12_000)}. ` });
    story ??= saidUnder(dialog, (await heard("dialog-speaks")).speech);
    app.say({ type: "sendDigits", digits: "1" });
    await vi.waitFor(() => expect(news.filter(({ kind }) => kind === "dialog-digits")).toHaveLength(sent + 1), SOON);
  }
  app.say({ type: "text", token: "", last: true });
  expect((await story)?.join(" ").length).toBeGreaterThan(1_100_000);
  expect(kinds(news)).not.toContain("dialog-failed");
});

test("the upgrade is signed as Twilio signs it, over the URL as it is written", async () => {
  const app = await application();
  const access = { authToken: "0123456789abcdef0123456789abcdef", rules: { allowPrivate: true, httpsOnly: false } };
  join(app.url, { access });
  await app.next("setup");
  const { default: library } = await import("twilio");
  const expected = library.getExpectedTwilioSignature(access.authToken, app.url, {});
  expect(app.upgrades[0]?.headers["x-twilio-signature"]).toBe(expected);
  expect(app.upgrades[0]?.headers["sec-websocket-extensions"]).toBeUndefined();
});

test("when the call is over the socket is closed and nothing is left behind", async () => {
  const { app, hangUp, clock, news } = await connected();
  app.say({ type: "text", token: "And so" });
  await vi.waitFor(() => expect(news).toHaveLength(1), SOON);
  hangUp();
  await vi.waitFor(() => expect(app.codes).toEqual([1000]), SOON);
  expect(clock.pending).toBe(0);
});

test("messages are counted by direction and type, and the first token of an answer is timed", async () => {
  const counted: string[] = [];
  const observed: [string, number][] = [];
  const meter = {
    count: (name: string, labels = {}) => counted.push([name, ...Object.values(labels)].join(" ")),
    observe: (name: string, ms: number) => observed.push([name, ms]),
    gauge: () => {},
  };
  const { app, dialog, heard, clock } = await connected({ meter });
  dialog.tell({ kind: "words", text: "hello" });
  await app.next("prompt");
  await clock.advance(120);
  app.say({ type: "text", token: "Hi. " }, { type: "text", token: "You.", last: true });
  await heard("dialog-speaks");
  await vi.waitFor(() => expect(counted).toHaveLength(4), SOON);
  const [out, come] = ["relay_messages_total out", "relay_messages_total in"];
  expect(counted).toEqual([`${out} setup`, `${out} prompt`, `${come} text`, `${come} text`]);
  expect(observed).toEqual([["relay_first_token_ms", 120]]);
});
