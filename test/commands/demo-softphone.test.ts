import { rm } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { settingsOf } from "../../scripts/demo/settings.ts";
import { startSoftphoneDemo } from "../../scripts/demo/softphone.ts";
import { until } from "../rig.ts";
import { FakeSoftphone } from "../simulator/fake-softphone.ts";
import { usedFolder } from "../used-folder.ts";

/** More than the comfort of a silent line. */
const isLoud = (audio: Buffer): boolean => audio.filter((byte) => byte !== 0xff && byte !== 0x7f).length > 8000;

test("with no account anywhere, a browser gets its token, is greeted by the agent, and is rung", async () => {
  const dataDir = await usedFolder();
  const demo = await startSoftphoneDemo(settingsOf({ DATA_DIR: dataDir, SARVAM_API_KEY: "not-used" }));
  const phones: FakeSoftphone[] = [];
  onTestFinished(async () => {
    for (const phone of phones) phone.close();
    await demo.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const asked = await fetch(`${demo.url}/v1/softphone/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ identity: "asha", incoming: true }),
  });
  const { token, signalling } = (await asked.json()) as { token: string; signalling: string };
  const phone = await FakeSoftphone.open(signalling, token);
  phones.push(phone);
  await phone.register();

  const sound = await phone.call({ To: "+918000000002" });
  await sound.accept((await phone.hears("answer")).sdp);
  await until("the greeting", () => isLoud(sound.heardBytes));
  phone.say("hangup", { callsid: (await phone.hears("answer")).callsid });
  const calls = async () => {
    const { calls: listed } = (await (await fetch(`${demo.url}/v1/calls`)).json()) as {
      calls: readonly { from: string }[];
    };
    return listed;
  };
  await until("the call in the books", async () => (await calls()).some(({ from }) => from === "client:asha"));

  expect(demo.ring()).toEqual(["asha"]);
  const rung = await phone.pickUp();
  await until("the agent", () => isLoud(rung.heardBytes));
});
