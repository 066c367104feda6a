import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { AudioFormat } from "../audio/format.ts";
import { endlessWavHeader } from "../audio/wav.ts";
import { ApiError } from "./api-error.ts";
import { ROUTES } from "./carriers.ts";
import { admittedByTicket, open, ticketHolder } from "./media.ts";
import type { Site } from "./site.ts";
import { SoundStream } from "./sound-stream.ts";
import { PcmSocket } from "./voice-agent-socket.ts";
import { webhookRequest } from "./webhook.ts";

/** For who reads how a session is made. */
export const WITHOUT_SOCKETS =
  "Where WebSockets cannot be, two routes do. `GET /web/audio/{token}`, once, answers an `audio/wav` without an end: what the " +
  "agent says, in real time, with silence in between; `?rate=8000` or `?encoding=mulaw` where PCM at 16 kHz is too much. Read it " +
  "with `fetch`: an `<audio>` element may be seconds late, since Chromium's holds back 280 kB. " +
  "`POST /web/audio/{token}?seq=0`, `1`, … takes what the caller says, silence too, up to 64 KiB at a time: `audio/l16;rate=16000`, " +
  "little-endian, or what the stream is of. A number that came before is not heard again, and a line on which nothing comes for " +
  "10 s is dead. `DELETE /web/audio/{token}` hangs up, and so does who reads no more. Transcripts and states are at `/v1/events`.";

const LONGEST_CHUNK_BYTES = 64 * 1024;

const listening = z
  .strictObject({ rate: z.enum(["8000", "16000"]).optional(), encoding: z.enum(["l16", "mulaw"]).default("l16") })
  .refine(({ rate, encoding }) => encoding === "l16" || rate !== "16000", "µ-law has 8 kHz only")
  .transform(({ rate, encoding }): AudioFormat => {
    if (encoding === "mulaw") return { encoding, rate: 8000 };
    return { encoding: "linear16", rate: rate === "8000" ? 8000 : 16000 };
  });
const saying = z.strictObject({
  seq: z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number from 0 on")
    .transform(Number),
});

type Ticketed = { readonly Params: { readonly ticket: string } };

/** `/web/audio/:ticket`: a web call over two routes, `GET` for what the agent says and `POST` for what the caller says. */
export function webAudioRoutes(app: FastifyInstance, site: Site): void {
  const streams = new Map<string, SoundStream>();
  const routes = ROUTES.find(({ name }) => name === "web");
  if (!routes) throw new Error("there are no routes of the web line");
  const path = "/web/audio/:ticket";

  app.get<Ticketed>(path, async (request, reply) => {
    const format = read(listening, request.query);
    const call = await admittedByTicket(site, routes, request, reply);
    if (!call) return reply;
    const { ticket } = request.params;
    const stream = answer(site, reply, format);
    streams.set(ticket, stream);
    stream.once("close", () => streams.delete(ticket));
    const pcm = new PcmSocket(stream, format, site.parts.clock);
    open(site, call.carrier, pcm, ticketHolder(call));
    pcm.begin();
    return reply;
  });

  const streamOf = (request: FastifyRequest<Ticketed>): SoundStream => {
    const { ticket } = request.params;
    const stream = streams.get(ticket);
    if (!stream && site.calls.tickets.look(ticket))
      throw new ApiError(409, "nobody listens yet: ask for the sound first");
    if (!stream || stream.readyState !== stream.OPEN) throw new ApiError(404, "there is no such line, or it is over");
    const verdict = site.carrier("web")?.dialect.admitUpgrade(webhookRequest(request, site.publicUrl()));
    if (!verdict?.ok) throw new ApiError(403, verdict?.why ?? "the web line is not set up");
    return stream;
  };

  // Nothing else takes sound: the parser is of this route alone.
  void app.register(async (here) => {
    const parser = { parseAs: "buffer", bodyLimit: LONGEST_CHUNK_BYTES } as const;
    here.addContentTypeParser(/^audio\//, parser, (_request, body, done) => done(null, body));
    here.post<Ticketed>(path, async (request, reply) => {
      const { seq } = read(saying, request.query);
      const stream = streamOf(request);
      const { body } = request;
      if (!Buffer.isBuffer(body) || !isOf(request.headers["content-type"] ?? "", stream.format))
        throw new ApiError(415, `this line carries ${nameOf(stream.format)}`);
      stream.take(seq, body);
      return reply.code(204).send();
    });
  });

  app.delete<Ticketed>(path, async (request, reply) => {
    streamOf(request).hangUp();
    return reply.code(204).send();
  });
}

/** Throws an `ApiError` that says what is wrong. */
function read<T extends z.ZodType>(schema: T, query: unknown): z.output<T> {
  const { data, error } = schema.safeParse(query);
  if (error) throw new ApiError(400, error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; "));
  return data;
}

function answer({ parts: { clock } }: Site, reply: FastifyReply, format: AudioFormat): SoundStream {
  reply.hijack();
  const { raw } = reply;
  const headers = { "content-type": "audio/wav", "cache-control": "no-store", "x-accel-buffering": "no" };
  raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers });
  raw.write(endlessWavHeader(format));
  return new SoundStream(raw, format, clock);
}

const nameOf = ({ encoding, rate }: AudioFormat): string =>
  encoding === "mulaw" ? "audio/x-mulaw" : `audio/l16;rate=${rate}`;

/** What is not said of the rate may be as it should. */
function isOf(contentType: string, { encoding, rate }: AudioFormat): boolean {
  const [type, ...parameters] = contentType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const said = parameters.find((parameter) => parameter.startsWith("rate="));
  return (
    type === (encoding === "mulaw" ? "audio/x-mulaw" : "audio/l16") && (said === undefined || said === `rate=${rate}`)
  );
}
