import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as bodyOf } from "node:stream/consumers";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { expect, onTestFinished, test } from "vitest";
import { type RelayEnd, relayAfter } from "../../src/dialog/relay/after.ts";
import { relaySessionId } from "../../src/dialog/relay/relay.ts";
import { silentLog } from "../../src/kit/log.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";
import { CALL } from "./relay-rig.ts";

const authToken = "0123456789abcdef0123456789abcdef";
const DIAL = "<Response><Dial>+911140001000</Dial></Response>";
const forever = new AbortController().signal;
const ended: RelayEnd = { call: CALL, status: "ended", durationMs: 61_499, handoffData: '{"queue":"a&b"}' };

async function action(answer: { readonly status?: number; readonly body?: string } | "silence") {
  const forms: { signed: boolean; fields: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const fields = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    const header = String(request.headers["x-twilio-signature"] ?? "");
    forms.push({ signed: validateRequest(authToken, header, url(), fields), fields });
    if (answer === "silence") return;
    response.writeHead(answer.status ?? 200, { "content-type": "text/xml" }).end(answer.body);
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/after?x=1`;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const clock = new VirtualClock();
  const access = { authToken, accountSid: "AC1", rules: { allowPrivate: true, httpsOnly: false } };
  return { forms, clock, url: url(), after: relayAfter({ access, clock, log: silentLog }) };
}

test("the application is asked as Twilio asks: a signed form with the session's end, answered with TwiML", async () => {
  const { forms, url, after } = await action({ body: DIAL });
  expect(await after(url, ended, forever)).toBe(DIAL);
  expect(forms).toEqual([
    {
      signed: true,
      fields: {
        ...{ AccountSid: "AC1", ApiVersion: "2010-04-01", CallSid: CALL.carrierCallId, CallStatus: "in-progress" },
        ...{ Called: CALL.to, Caller: CALL.from, Direction: "inbound", From: CALL.from, To: CALL.to },
        SessionId: relaySessionId(CALL.id),
        ...{ SessionStatus: "ended", SessionDuration: "61", HandoffData: '{"queue":"a&b"}' },
      },
    },
  ]);
});

test("without handoff data there is no such field; a call that is over is completed", async () => {
  const { forms, url, after } = await action({ body: DIAL });
  await after(url, { call: CALL, status: "completed", durationMs: 0 }, forever);
  expect(forms[0]?.fields).toMatchObject({ SessionStatus: "completed", CallStatus: "completed", SessionDuration: "0" });
  expect(forms[0]?.fields).not.toHaveProperty("HandoffData");
});

test.each([
  ["an error", { status: 500, body: DIAL }],
  ["a page", { body: "<html>Hello</html>" }],
  ["nothing", { status: 204 }],
  ["too much", { body: `<Response>${" ".repeat(64 * 1024)}</Response>` }],
])("%s is no answer", async (_what, answer) => {
  const { url, after } = await action(answer);
  expect(await after(url, ended, forever)).toBeUndefined();
});

test("an application that does not answer is not waited for longer than 5 s", async () => {
  const { url, after, forms, clock } = await action("silence");
  const answer = after(url, ended, forever);
  await expect.poll(() => forms.length, { interval: 2 }).toBe(1);
  await clock.advance(5000);
  expect(await answer).toBeUndefined();
  expect(clock.pending).toBe(0);
});

test("an address that is not public is not asked", async () => {
  const { url, forms } = await action({ body: DIAL });
  const access = { authToken, rules: { allowPrivate: false, httpsOnly: false } };
  const after = relayAfter({ access, clock: new VirtualClock(), log: silentLog });
  expect(await after(url, ended, forever)).toBeUndefined();
  expect(forms).toEqual([]);
});
