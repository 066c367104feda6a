import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { twilioTokens } from "../../src/carrier/twilio-token.ts";
import type { AgentProfile } from "../../src/dialog/dialog.ts";
import type { GatewayParts } from "../../src/gateway/gateway.ts";
import { AGENT, agentsOf, post, ringForm, SID, SOFTPHONE, type World, world } from "./world.ts";

const keys = [{ name: "page", scopes: ["control"], sha256: createHash("sha256").update("key").digest("hex") }] as const;

const asked = (at: World, body?: object): Promise<Response> =>
  fetch(`${at.origin}/v1/softphone/token`, {
    method: "POST",
    headers: { authorization: "Bearer key", ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });

type Told = { readonly token: string; readonly identity: string; readonly expires_at: number };

async function token(at: World, body?: object) {
  const answer = await asked(at, body);
  expect(answer.status).toBe(200);
  const told = (await answer.json()) as Told;
  const [header, payload = "", signature] = told.token.split(".");
  expect(signature).toBe(
    createHmac("sha256", SOFTPHONE.apiKeySecret).update(`${header}.${payload}`).digest("base64url"),
  );
  return { ...told, claims: JSON.parse(Buffer.from(payload, "base64url").toString()) };
}

test("a browser is given the token it asks for, good for as long as it asks", async () => {
  const at = await world({ keys });
  const { identity, expires_at, claims } = await token(at, { identity: "asha-k.1_b", ttl_seconds: 90, incoming: true });
  expect(identity).toBe("asha-k.1_b");
  expect(claims).toMatchObject({
    iss: SOFTPHONE.apiKeySid,
    sub: SOFTPHONE.accountSid,
    grants: {
      identity,
      voice: { incoming: { allow: true }, outgoing: { application_sid: SOFTPHONE.twimlAppSid } },
    },
  });
  expect(claims.exp - claims.iat).toBe(90);
  expect(expires_at).toBe(claims.exp * 1000);
});

test.each([
  ["no body", undefined],
  ["an empty body", {}],
])("%s: somebody new, for ten minutes, whom nobody can ring", async (_, body) => {
  const at = await world({ keys });
  const [one, other] = [await token(at, body), await token(at, body)];
  expect(one.identity).toMatch(/^browser_\w{1,56}$/);
  expect(one.identity).not.toBe(other.identity);
  expect(one.claims.grants).toEqual({
    identity: one.identity,
    voice: { outgoing: { application_sid: SOFTPHONE.twimlAppSid } },
  });
  expect(one.claims.exp - one.claims.iat).toBe(600);
});

test.each([
  ["identity", ""],
  ["identity", "a".repeat(65)],
  ["identity", "asha k"],
  ["identity", "asha\n"],
  ["identity", "आशा"],
  ["ttl_seconds", 59],
  ["ttl_seconds", 3601],
  ["ttl_seconds", 60.5],
  ["incoming", 1],
  ["params", { agent: "front-desk" }],
])("a wrong %s (%j) is 422, and named", async (field, value) => {
  const at = await world({ keys });
  const answer = await asked(at, { [field]: value });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ error: { details: { fields: [{ field }] } } });
});

test.each([
  ["identity", "a".repeat(64)],
  ["ttl_seconds", 60],
  ["ttl_seconds", 3600],
])("the outermost %s (%j) is taken", async (field, value) => {
  await token(await world({ keys }), { [field]: value });
});

test("the answer says where to enter the network, and where a stand-in for it is, if somebody set them, and else neither", async () => {
  const { token: _, identity: __, expires_at: ___, claims: ____, ...plain } = await token(await world({ keys }));
  expect(plain).toEqual({});
  const signallingUrl = "ws://127.0.0.1:4000/signal";
  const at = await world({ keys, softphoneToken: twilioTokens({ ...SOFTPHONE, edge: "singapore", signallingUrl }) });
  expect(await token(at)).toMatchObject({ edge: "singapore", signalling: signallingUrl });
});

test("where Twilio is not set up for it the answer is 503, and names each variable that is missing and no secret", async () => {
  const settings = { ...SOFTPHONE, apiKeySid: undefined, twimlAppSid: undefined };
  const at = await world({ keys, softphoneToken: twilioTokens(settings) });
  const answer = await asked(at, {});
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    error: { code: "unavailable", message: "not set: TWILIO_API_KEY_SID, TWILIO_TWIML_APP_SID" },
  });
});

// --- a browser calls ---

const OURS = ringForm().To;
const forOurs: AgentProfile = { ...AGENT, name: "accounts" };
const agents: GatewayParts["agents"] = {
  ...agentsOf(AGENT),
  forNumber: (number) => (number === OURS ? forOurs : AGENT),
  named: (name) => [AGENT, forOurs].find((agent) => agent.name === name),
};

test.each([
  ["the number of another agent", { To: OURS }],
  ["that number and an agent by name", { To: OURS, agent: "accounts", Agent: "accounts", Called: OURS }],
  ["nothing", {}],
])("a browser that says it calls %s is answered by the default agent", async (_, sent) => {
  const at = await world({ agents });
  const form = { CallSid: SID, From: "client:asha", Direction: "inbound", ApplicationSid: "AP1", ...sent };
  expect(await (await post(at, "/twilio/voice", form)).text()).toContain("<Stream");
  const to = "To" in sent ? sent.To : "";
  expect(at.memory.entries("open")).toMatchObject([{ opening: { agent: AGENT.name, from: "client:asha", to } }]);
  // Journals hold what the books do; the mark is no part of them.
  expect(JSON.stringify(at.memory.entries("open"))).not.toContain("toIsClaimed");
  // An agent may be an application that decides by the number.
  expect(at.calls[0]?.parts.facts).toMatchObject({ from: "client:asha", to: "", params: {} });
});

test("a telephone is answered by the agent of the number it dialled, which the dialog is told", async () => {
  const at = await world({ agents });
  await post(at, "/twilio/voice", { ...ringForm(), From: "+919800000001" });
  expect(at.memory.entries("open")).toMatchObject([{ opening: { agent: "accounts", to: OURS } }]);
  expect(at.calls[0]?.parts.facts).toMatchObject({ to: OURS });
});
