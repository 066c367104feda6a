import type { Environment } from "../../src/config.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { startGateway } from "../../src/main.ts";
import { startSignalling } from "../../src/simulator/signalling/signalling.ts";

export type SoftphoneDemo = {
  /** The gateway's. */
  readonly url: string;
  /** Rings every browser that is online; answers who they are. */
  ring(): readonly string[];
  stop(): Promise<void>;
};

const DRAIN_MS = 2000;
/** Whom a browser that is rung sees. */
const CALLER = "+911140000001";

/** A gateway whose telephone company is this process, with credentials made up for it. `env`: as for `startGateway`. */
export async function startSoftphoneDemo(env: Environment): Promise<SoftphoneDemo> {
  const ids = randomIds(() => systemClock.wall());
  const sid = (kind: string): string => kind + Buffer.from(ids.secret()).toString("hex").slice(0, 32);
  const account = { accountSid: sid("AC"), authToken: ids.secret(), apiKeySid: sid("SK"), apiKeySecret: ids.secret() };
  const appSid = sid("AP");
  const twilio = await startSignalling({ ...account, appSid });
  try {
    const gateway = await startGateway({
      ...env,
      PUBLIC_URL: "",
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      TWILIO_API_KEY_SID: account.apiKeySid,
      TWILIO_API_KEY_SECRET: account.apiKeySecret,
      TWILIO_TWIML_APP_SID: appSid,
      TWILIO_API_BASE_URL: twilio.cloud.url,
      TWILIO_SIGNALLING_URL: twilio.url,
    });
    twilio.cloud.gateway = { baseUrl: gateway.url, publicUrl: gateway.url };
    return {
      url: gateway.url,
      ring() {
        const online = twilio.registered;
        for (const identity of online) twilio.ring(identity, CALLER);
        return online;
      },
      async stop() {
        await gateway.stop(DRAIN_MS);
        await twilio.close();
      },
    };
  } catch (error) {
    await twilio.close();
    throw error;
  }
}
