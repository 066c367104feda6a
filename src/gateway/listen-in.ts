import type { FastifyInstance, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { requireScope, watchLogin } from "./access.ts";
import { ApiError } from "./api-error.ts";
import { callParams } from "./call-schema.ts";
import { callOf } from "./calls.ts";
import { notASocket } from "./media.ts";
import type { MediaLine } from "./media-line.ts";
import type { Site } from "./site.ts";

const PATH = "/v1/calls/:id/listen";
const MOST_OF_A_CALL = 5;
/** In this process; each is sent both sides, and may leave up to `UNREAD_BYTES` in our memory. */
const MOST = 20;
/** Who has left more than this unread is cut off: some 6 s of both sides at 16 kHz, 24 s of a telephone's. */
const UNREAD_BYTES = 512 * 1024;
/** A place becomes free when somebody leaves, which nobody knows. */
const RETRY_S = 15;

/** As WebSockets say that somebody may not. */
const LOGGED_OUT = 1008;

/** For the document, which has no way to tell of a socket. */
export const LISTENING_IN =
  `To hear a call, open a WebSocket to \`${PATH.replace(":id", "{id}")}\`, with the scope \`read\` (a page of ours: with its ` +
  'login). It sends JSON: first `{"event":"start","caller":{"encoding","sampleRate"},"agent":{…}}`, where `audio/l16` is ' +
  'little-endian and otherwise it is `audio/x-mulaw`; then `{"event":"media","side":"caller"|"agent","payload":"<base64>"}` as it ' +
  'passes, `{"event":"clear","side":"agent"}` when what the agent has not said yet will not be said, and `{"event":"ended"}` before ' +
  "it closes with 1000. What is left out of recordings and texts is heard all the same. 409 says that the call is over, has not " +
  `begun or is of another process; ${MOST_OF_A_CALL} may listen to a call and ${MOST} in all, one more is 429. Who does not read is ` +
  "cut off.";

/** `/v1/calls/{id}/listen`: both sides of a live call, for somebody who says nothing. */
export function listenRoute(app: FastifyInstance, site: Site): void {
  const { meter, log } = site.parts;
  const audiences = new WeakMap<FastifyRequest, MediaLine>();
  let listening = 0;
  const count = (change: 1 | -1): void => {
    listening += change;
    meter.gauge("listeners", listening);
  };

  app.get(
    PATH,
    {
      websocket: true,
      onRequest: requireScope(site, "read"),
      preValidation: async (request, reply) => {
        if (!request.ws) return notASocket(reply);
        const line = await lineOf(site, request.params);
        if (listening >= MOST || line.listeners >= MOST_OF_A_CALL) {
          void reply.header("retry-after", RETRY_S);
          throw new ApiError(429, "as many listen in as may");
        }
        audiences.set(request, line);
      },
    },
    (socket, request) => {
      const line = audiences.get(request);
      if (!line) throw new Error("an upgrade without a line to listen to");
      // `close` follows and says enough; without a listener the error would end the process.
      socket.on("error", () => undefined);
      const leave = line.overhear({ hear: (message) => send(site, socket, message), ended: () => end(socket) });
      if (!leave) return end(socket);
      count(1);
      const unwatch = watchLogin(site, request, () => socket.close(LOGGED_OUT));
      log.info({ call: callParams.parse(request.params).id }, "somebody listens in");
      socket.once("close", () => {
        leave();
        unwatch();
        count(-1);
      });
    },
  );
}

/** The line of a call of this process. Throws an `ApiError`: 404, or 409 where there is nothing to be heard. */
async function lineOf(site: Site, params: unknown): Promise<MediaLine> {
  const id = callParams.safeParse(params).data?.id;
  if (id === undefined) throw new ApiError(404, "no such call");
  const call = site.calls.byId(id);
  if (call?.line && !call.over) return call.line;
  if (call) throw new ApiError(409, call.over ? "the call is over" : "nobody is on the line yet");
  const { status } = await callOf(site, id);
  throw new ApiError(
    409,
    status === "ended" ? "the call is over" : "another process has this call: it can be heard there",
  );
}

function send({ parts }: Site, socket: WebSocket, message: string): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount <= UNREAD_BYTES) return socket.send(message);
  parts.meter.count("listeners_cut_off");
  socket.terminate();
}

function end(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send('{"event":"ended"}');
  socket.close(1000);
}
