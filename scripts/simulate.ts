import { parseArgs } from "node:util";
import { startSarvam } from "../src/simulator/sarvam/sarvam.ts";

const USAGE =
  "npm run simulate -- --port P --key K [--key K2] [--host H] [--seed N] [--max-stt N] [--max-tts N] [--compress]";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    key: { type: "string", multiple: true, default: [] },
    seed: { type: "string", default: "1" },
    "max-stt": { type: "string", default: "20" },
    "max-tts": { type: "string", default: "30" },
    compress: { type: "boolean", default: false },
  },
});

if (values.key.length === 0) {
  console.error(`A key is needed: ${USAGE}`);
  process.exit(1);
}

const simulator = await startSarvam({
  host: values.host,
  port: Number(values.port),
  keys: values.key,
  seed: Number(values.seed),
  maxSttSockets: Number(values["max-stt"]),
  maxTtsSockets: Number(values["max-tts"]),
  compress: values.compress,
  control: true,
  keepAudio: false,
});
console.log(JSON.stringify({ ready: true, url: simulator.url, port: simulator.port }));

const stop = (): void => void simulator.close().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
