import { expect, test } from "vitest";
import { transferSchema } from "../../../src/gateway/transfers.ts";
import { ownNumber, type TransferForm, transferBody } from "../../../src/page/console/transfer-form.ts";

const EMPTY: TransferForm = { to: "", kind: "cold", callerId: "", say: "", briefing: "" };
const WARM: TransferForm = {
  to: "+91 98450-12345",
  kind: "warm",
  callerId: "+91 (80) 4718 2200",
  say: " एक क्षण। ",
  briefing: " आशा जी, बिल के बारे में। ",
};

test("a number is enough for a cold transfer, as people write numbers", () => {
  expect(transferBody({ ...EMPTY, to: " +91 98450 12345 " })).toEqual({
    ok: true,
    body: { to: "+919845012345", kind: "cold" },
  });
});

test("a warm one has all that was filled in; a cold one tells no briefing", () => {
  const full = { to: "+919845012345", caller_id: "+918047182200", say: "एक क्षण।" };
  const briefing = "आशा जी, बिल के बारे में।";
  expect(transferBody(WARM)).toEqual({ ok: true, body: { ...full, kind: "warm", briefing } });
  expect(transferBody({ ...WARM, kind: "cold" })).toEqual({ ok: true, body: { ...full, kind: "cold" } });
});

test.each([
  ["to", { ...WARM, to: "the office" }],
  ["to", EMPTY],
  ["callerId", { ...WARM, callerId: "" }],
  ["callerId", { ...WARM, callerId: "main line" }],
  ["briefing", { ...WARM, briefing: "  " }],
] as const)("what is wrong with %s is said at that field", (field, form) => {
  expect(transferBody(form)).toEqual({ ok: false, field, complaint: expect.stringMatching(/\.$/) });
});

test("what is sent is what the gateway takes", () => {
  for (const form of [WARM, { ...EMPTY, to: "919845012345" }]) {
    const filled = transferBody(form);
    expect(filled.ok && transferSchema.safeParse(filled.body).success).toBe(true);
  }
});

test.each([
  ["that was dialled", { from: "+919845012345", to: "+918047182200" }, "+918047182200"],
  ["it dials from", { direction: "outbound", from: "+918047182200", to: "+919845012345" }, "+918047182200"],
  ["of a browser is none", { from: "client:asha", to: "" }, ""],
] as const)("the number of ours is the one %s", (_, call, own) => {
  expect(ownNumber(call)).toBe(own);
});
