import type { CarrierName } from "../record/record.ts";
import { afterCallOperations } from "./after-call.ts";
import { agentOperations } from "./agents.ts";
import { answerRoutes } from "./answer.ts";
import { callLogOperations } from "./call-logs.ts";
import { callOperations } from "./calls.ts";
import type { Carrier } from "./carriers.ts";
import { controlOperations, serveCommands } from "./controls.ts";
import { deadLetterOperations } from "./dead-letters.ts";
import { Departures } from "./departures.ts";
import { documentRoutes } from "./documents.ts";
import { erasureOperations } from "./erasures.ts";
import { eventOperations } from "./events.ts";
import { healthOperations } from "./health.ts";
import { listenRoute } from "./listen-in.ts";
import { LiveCalls } from "./live-calls.ts";
import { loginOperations } from "./login.ts";
import { Logins } from "./logins.ts";
import { mediaRoutes } from "./media.ts";
import { serve } from "./operation.ts";
import { pageRoutes } from "./pages.ts";
import type { GatewayParts } from "./parts.ts";
import { peakOperations } from "./peaks.ts";
import { Rates } from "./rates.ts";
import { recordingOperations } from "./recordings.ts";
import { Refusals } from "./refusals.ts";
import { replayOperations } from "./replays.ts";
import { createServer } from "./server.ts";
import { SessionBook } from "./session-book.ts";
import { sessionOperations } from "./sessions.ts";
import type { Site } from "./site.ts";
import { softphoneOperations } from "./softphone.ts";
import { statusRoutes } from "./status.ts";
import { usageOperations } from "./usage.ts";
import { voiceAgentRoute } from "./voice-agent.ts";
import { webAudioRoutes } from "./web-audio.ts";

export { MediaLine, type MediaSocket } from "./media-line.ts";
export type { GatewayParts } from "./parts.ts";

/** The doors to the world: webhooks, media sockets, API, health. */
export interface Gateway {
  /** Resolves with the origin it came to listen on, such as `http://127.0.0.1:3000`. */
  listen(host: string, port: number): Promise<string>;
  readonly liveCalls: number;
  /**
   * From this call on: not ready, new calls are turned away, live ones go on. Resolves when none is left; after `timeoutMs`
   * those that are were made to end. Doors stay open: carriers still report.
   */
  drain(timeoutMs: number): Promise<void>;
  /** Ends what is still live, now, and closes the doors. */
  close(): Promise<void>;
}

export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const carriers = new Map<CarrierName, Carrier>();
  let publicUrl = "";
  const calls = new LiveCalls(parts);
  const site: Site = {
    parts,
    calls,
    refusals: new Refusals(parts.clock),
    rates: new Rates(parts.clock, parts.ratePerMinute),
    logins: new Logins(parts.clock, () => parts.ids.secret()),
    departures: new Departures(),
    sessions: new SessionBook(parts.clock, parts.agents),
    carrier: (name) => carriers.get(name),
    publicUrl: () => publicUrl,
  };
  const app = await createServer(site);
  for (const routes of [answerRoutes, statusRoutes, mediaRoutes, voiceAgentRoute, webAudioRoutes, listenRoute])
    routes(app, site);
  serveCommands(site);
  const api = [
    loginOperations,
    callOperations,
    controlOperations,
    sessionOperations,
    softphoneOperations,
    recordingOperations,
    peakOperations,
    callLogOperations,
    replayOperations,
    agentOperations,
    afterCallOperations,
    eventOperations,
    deadLetterOperations,
    usageOperations,
    erasureOperations,
    healthOperations,
  ];
  const operations = api.flatMap((room) => room(site));
  serve(app, site, operations);
  documentRoutes(app, site, operations);
  await pageRoutes(app, site);

  const settle = (origin: string): void => {
    publicUrl = origin;
    for (const carrier of parts.carriers(origin)) carriers.set(carrier.dialect.name, carrier);
  };

  return {
    get liveCalls() {
      return calls.size;
    },
    async listen(host, port) {
      if (parts.recordAudio) parts.log.warn({}, "calls are recorded: journals hold the voices of callers");
      if (parts.publicUrl !== undefined) settle(parts.publicUrl);
      const origin = await app.listen({ host, port });
      // Nobody can know an address that has only just been given; until this line carriers would be answered 503.
      if (parts.publicUrl === undefined) settle(origin);
      return origin;
    },
    drain: (timeoutMs) => calls.drain(timeoutMs),
    async close() {
      await calls.drain(0);
      calls.feed.close();
      for (const socket of app.websocketServer.clients) socket.terminate();
      await parts.replays.close();
      await app.close();
    },
  };
}
