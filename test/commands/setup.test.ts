import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXOTEL, exotelStandIn } from "../setup/exotel-stand-in.ts";
import { nowhere } from "../setup/served.ts";
import { ACCOUNT, TOKEN, twilioStandIn } from "../setup/twilio-stand-in.ts";
import { Program, ROOT } from "./gateway-child.ts";

/** Runs a set-up with these variables in an .env file, as people have them. */
async function run(carrier: "twilio" | "exotel", env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const file = join(env["DATA_DIR"] ?? "", ".env");
  await writeFile(
    file,
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  await using child = new Program(
    ["--import", "tsx", join(ROOT, `scripts/setup-${carrier}.ts`), "--env-file", file, ...args],
    {},
  );
  const { code } = await child.exit;
  return { code, output: child.output };
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "durvani-setup-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("npm run setup:twilio: done, done again, undone, each with exit code 0; a refusal exits 1, an unknown word 2", async () => {
  await using twilio = await twilioStandIn();
  await using data = await folder();
  const before = JSON.stringify(twilio.number);
  const env = {
    DATA_DIR: data.path,
    PUBLIC_URL: await nowhere(),
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_API_BASE_URL: twilio.url,
  };
  for (const words of [[], [], ["--undo"]]) {
    const { code, output } = await run("twilio", env, "--number", "+918040001234", ...words);
    expect(code, output).toBe(0);
    expect(output).not.toContain(TOKEN);
  }
  expect(JSON.stringify(twilio.number)).toBe(before);
  expect(await run("twilio", env)).toMatchObject({ code: 1, output: expect.stringContaining("no number was named") });
  expect(await run("twilio", env, "--numbr", "1")).toMatchObject({
    code: 2,
    output: expect.stringContaining("npm run setup:twilio --"),
  });
});

test("npm run setup:exotel: the clicks, then the flow, then undone, each with exit code 0", async () => {
  await using exotel = await exotelStandIn();
  await using data = await folder();
  const before = JSON.stringify(exotel.phone);
  const env = {
    DATA_DIR: data.path,
    PUBLIC_URL: await nowhere(),
    EXOTEL_ACCOUNT_SID: EXOTEL.sid,
    EXOTEL_API_KEY: EXOTEL.key,
    EXOTEL_API_TOKEN: EXOTEL.token,
    EXOTEL_API_BASE_URL: exotel.url,
    EXOTEL_STREAM_USER: "stream",
    EXOTEL_STREAM_PASSWORD: "stream-password",
  };
  for (const words of [[], ["--flow", "815"], ["--flow", "815"], ["--undo"]]) {
    const { code, output } = await run("exotel", env, "--number", "+918047112345", ...words);
    expect(code, output).toBe(0);
    for (const secret of [EXOTEL.token, EXOTEL.key, "stream-password"]) expect(output).not.toContain(secret);
  }
  expect(JSON.stringify(exotel.phone)).toBe(before);
});
