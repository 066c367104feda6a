import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { requireScope } from "./access.ts";
import { ApiError, errorBody } from "./api-error.ts";
import type { Carrier } from "./carriers.ts";
import { notASocket, ticketHolder } from "./media.ts";
import { MediaLine } from "./media-line.ts";
import { sessionFields } from "./session-schema.ts";
import { startSession } from "./session-start.ts";
import type { Site } from "./site.ts";
import { PcmSocket } from "./voice-agent-socket.ts";
import { webhookRequest } from "./webhook.ts";

/** A client that has not said what it wants by then is none. */
const CONFIG_MS = 5_000;

const configuration = z.strictObject({
  type: z.literal("config"),
  ...sessionFields,
  sample_rate: z.literal([8000, 16000]).default(16000),
});

/**
 * `/ws/voice-agent?key=…`: session and sound on one socket. The first message is the configuration; then both sides send binary
 * PCM16, little-endian, and JSON messages in between.
 */
export function voiceAgentRoute(app: FastifyInstance, site: Site): void {
  app.get(
    "/ws/voice-agent",
    {
      websocket: true,
      onRequest: [keyFromQuery, requireScope(site, "control")],
      preValidation: async (request, reply) => {
        if (!request.ws) return notASocket(reply);
        const verdict = webLine(site).dialect.admitUpgrade(webhookRequest(request, site.publicUrl()));
        if (!verdict.ok) throw new ApiError(403, verdict.why);
      },
    },
    (socket) => awaitConfiguration(site, socket),
  );
}

/** Browsers cannot send headers with an upgrade, so the key stands in the address; no log of ours holds addresses. */
async function keyFromQuery(request: FastifyRequest): Promise<void> {
  const { key } = z.object({ key: z.string() }).partial().catch({}).parse(request.query);
  if (key !== undefined) request.headers.authorization ??= `Bearer ${key}`;
}

function webLine(site: Site): Carrier {
  const carrier = site.carrier("web");
  if (!carrier) throw new ApiError(503, "the web line is not set up");
  return carrier;
}

function awaitConfiguration(site: Site, socket: WebSocket): void {
  const { clock } = site.parts;
  const cancel = clock.after(CONFIG_MS, () => refuse(socket, new ApiError(408, "no configuration within 5 s")));
  // `close` follows and says enough; without a listener the error would end the process.
  socket.on("error", () => undefined);
  socket.once("close", cancel);
  socket.once("message", (data: RawData, isBinary: boolean) => {
    cancel();
    // Messages still come after our close, until the client has answered it.
    if (socket.readyState !== socket.OPEN) return;
    try {
      begin(site, socket, isBinary ? undefined : String(data));
    } catch (error) {
      if (!(error instanceof ApiError)) site.parts.log.error({ err: error }, "a voice agent could not begin");
      refuse(socket, error);
    }
  });
}

function begin(site: Site, socket: WebSocket, text: string | undefined): void {
  const { sample_rate: rate, type: _, ...body } = read(text);
  const { clock, meter, log } = site.parts;
  const { call } = startSession(site, body);
  const pcm = new PcmSocket(socket, { encoding: "linear16", rate }, clock);
  const line: MediaLine = new MediaLine(
    pcm,
    call.carrier.dialect,
    { clock, meter, log },
    ticketHolder(call)(() => line),
  );
  socket.send(JSON.stringify({ type: "ready", ...site.sessions.view(call.id), sample_rate: rate }));
  pcm.begin();
}

/** Throws an `ApiError` that names every field that is wrong. */
function read(text: string | undefined): z.output<typeof configuration> {
  if (text === undefined) throw new ApiError(422, "the first message must be the configuration, as JSON text");
  const { data, error } = configuration.safeParse(jsonOf(text));
  if (data) return data;
  const fields = error.issues.map(({ path, message }) => ({ field: path.map(String).join("."), message }));
  const sentence = fields.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; ");
  throw new ApiError(422, sentence, { fields });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(422, "the configuration is not JSON");
  }
}

/** Says why, and closes: 1008 where the client can do something about it, 1013 where it can only try later. */
function refuse(socket: WebSocket, error: unknown): void {
  const { status, message, details } = error instanceof ApiError ? error : new ApiError(500, "internal error");
  if (socket.readyState === socket.OPEN)
    socket.send(JSON.stringify({ type: "error", ...errorBody(status, message, details).error }));
  socket.close(status < 500 ? 1008 : status === 503 ? 1013 : 1011);
}
