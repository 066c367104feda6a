import { ConfigError, processEnvironment } from "../src/config.ts";
import { settingsOf } from "./demo/settings.ts";
import { startSoftphoneDemo } from "./demo/softphone.ts";

const demo = await startSoftphoneDemo(settingsOf(processEnvironment(), "3000")).catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});

console.log(`A telephone in the browser. Twilio is imitated on this machine, and Sarvam too: nothing leaves it.

  ${demo.url}/softphone   the telephone: go online, and call
  ${demo.url}/            its calls
  Enter    rings every telephone that is online
  Ctrl-C   ends it
`);

process.stdin.on("data", () => {
  const rung = demo.ring();
  console.log(rung.length === 0 ? "Nobody is online." : `Ringing ${rung.join(", ")}`);
});
const stop = (): void => void demo.stop().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
