import { expect, test } from "vitest";
import { readmeVerify } from "../readme-webhook.ts";
import { OK, postOffice, type Received, SECRETS } from "./post-office.ts";

const verify = await readmeVerify();

async function signed(): Promise<Received & { readonly signature: string; readonly now: number }> {
  const office = postOffice();
  office.receiver = () => OK;
  office.call("९", "call.ended");
  await office.pass(1000);
  const [first] = office.received;
  if (!first) throw new Error("nothing was sent");
  return { ...first, signature: first.headers["durvani-signature"] ?? "", now: office.clock.wall() / 1000 };
}

test("the README's verifyWebhook believes what is signed with any of the secrets, as text or bytes", async () => {
  const { body, signature, now } = await signed();
  for (const secret of SECRETS) {
    expect(verify(body, signature, secret, now)).toBe(true);
    expect(verify(Buffer.from(body), signature, secret, now)).toBe(true);
  }
});

test("and nothing else", async () => {
  const { body, signature, now } = await signed();
  const [secret = ""] = SECRETS;
  const t = Number(/t=(\d+)/.exec(signature)?.[1]);
  expect(verify(`${body} `, signature, secret, now)).toBe(false);
  expect(verify(body, signature, "a-secret-of-somebody-else", now)).toBe(false);
  expect(verify(body, signature.replace(/t=\d+/, `t=${t + 1}`), secret, now)).toBe(false);
  expect(verify(body, signature, secret, now + 301)).toBe(false);
  expect(verify(body, signature, secret, now - 302)).toBe(false);
  expect(verify(body, signature, secret)).toBe(false);
  for (const forged of ["", "t=1", "v1=00", `t=${t}`, `t=${t},v1=`, `t=${t},v1=00`, signature.replace(/v1/g, "v0")])
    expect(verify(body, forged, secret, now), forged).toBe(false);
});
