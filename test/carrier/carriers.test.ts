import { expect, test } from "vitest";
import { allCarriers, type CarrierSettings } from "../../src/carrier/carriers.ts";
import { nobody } from "./nobody.ts";

/** What each carrier can be told over REST. */
const orders = (settings: CarrierSettings) =>
  Object.fromEntries(
    allCarriers(settings, "https://gw.example.test", () => 0).map(({ dialect, ...control }) => [
      dialect.name,
      Object.keys(control),
    ]),
  );

test("a carrier without credentials is told nothing over REST", () => {
  expect(Object.values(orders(nobody)).flat()).toEqual([]);
});

test("with credentials Twilio is told everything, Exotel dials, the others hang up", () => {
  const settings: CarrierSettings = {
    twilio: { accountSid: "AC1", authToken: "t", apiBaseUrl: undefined },
    exotel: { ...nobody.exotel, accountSid: "a", apiKey: "k", apiToken: "t" },
    plivo: { authId: "MA1", authToken: "t" },
    telnyx: { publicKey: undefined, apiKey: "k" },
    signalwire: { projectId: "p", apiToken: "t", space: "s.signalwire.com", signingKey: undefined },
  };
  expect(orders(settings)).toMatchObject({
    twilio: ["dial", "hangUp", "cancel", "instruct"],
    exotel: ["dial"],
    plivo: ["hangUp"],
    telnyx: ["hangUp"],
    signalwire: ["hangUp"],
  });
});

test.each(["accountSid", "apiKey", "apiToken"] as const)("Exotel without its %s is told nothing", (missing) => {
  const exotel = { ...nobody.exotel, accountSid: "a", apiKey: "k", apiToken: "t", [missing]: undefined };
  expect(orders({ ...nobody, exotel })["exotel"]).toEqual([]);
});
