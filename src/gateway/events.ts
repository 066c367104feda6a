import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { watchLogin } from "./access.ts";
import { ApiError } from "./api-error.ts";
import { liveEvent } from "./call-schema.ts";
import { LISTENING_IN } from "./listen-in.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

/** Proxies close what is silent for longer than half a minute or so. */
const HEARTBEAT_MS = 15_000;
/** Who has left more than this unread, beside the calls that were up when it began, is cut off. */
const UNREAD_BYTES = 256 * 1024;
/** In this process; each is told everything, and may leave up to `UNREAD_BYTES` in our memory. */
const MAX_FOLLOWERS = 50;
/** A place becomes free when somebody leaves, which nobody knows. */
const RETRY_S = 15;
/** How long the last messages may take when the gateway stops. */
const GOODBYE_MS = 1_000;

/** `GET /v1/events`: live calls as they happen. */
export function eventOperations(site: Site): readonly Operation[] {
  return [
    operation({
      id: "followCalls",
      method: "GET",
      path: "/v1/events",
      scope: "read",
      summary: "The live calls, and what happens in them",
      description:
        "Server-sent events: a `snapshot` of the calls that are up, then `opened`, `answered`, `turn` (again as it goes on), " +
        "`transcript` (what is being said: a text that is `final` goes on from the last final one of its turn and side; the agent's are " +
        "final once they were heard), `state` (of the agent), `decision` and `ended`. Of each call in the snapshot the last `turn`, what " +
        "was said since and the `state` follow it, as they would have been told. It tells of the calls of the process that answers. " +
        "Nothing else is told again: who was disconnected is given a new snapshot, and finds the rest at `/v1/calls/{id}`. Who does " +
        `not read is cut off, and when ${MAX_FOLLOWERS} follow, one more is 429.\n\n${LISTENING_IN}`,
      answer: {
        description: "Events, each with its name and a line of JSON; comments between them show that the line stands",
        schema: liveEvent,
        contentType: "text/event-stream",
      },
      errors: {
        429: `Too many requests, or ${MAX_FOLLOWERS} follow: \`Retry-After\` says when to ask again, in seconds`,
      },
      run: async ({ request, reply }) => {
        if (site.calls.feed.followers >= MAX_FOLLOWERS) {
          void reply.header("retry-after", RETRY_S);
          throw new ApiError(429, `${MAX_FOLLOWERS} follow already, which is as many as may`);
        }
        follow(site, request, reply);
        return reply;
      },
    }),
  ];
}

function follow(site: Site, request: FastifyRequest, reply: FastifyReply): void {
  const { clock, meter } = site.parts;
  reply.hijack();
  const { raw } = reply;
  if (raw.destroyed) return; // Its `close` will not come again.
  raw.on("timeout", () => undefined); // Unheard it would cut off a line that is silent because nobody calls.
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
  raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers });

  let allowed = Number.POSITIVE_INFINITY;
  const news = (message: string): void => {
    if (raw.destroyed || raw.writableEnded) return;
    if (raw.writableLength <= allowed) return void raw.write(message);
    meter.count("followers_cut_off");
    raw.destroy();
  };
  let cancelBeat: () => void;
  const beat = (): void => {
    news(": still here\n\n");
    cancelBeat = clock.after(HEARTBEAT_MS, beat);
  };
  const end = (): void => {
    raw.end();
    const cancel = clock.after(GOODBYE_MS, () => raw.destroy());
    raw.once("close", cancel);
  };

  const unfollow = site.calls.feed.follow({ news, end });
  const unwatch = watchLogin(site, request, end);
  allowed = raw.writableLength + UNREAD_BYTES;
  cancelBeat = clock.after(HEARTBEAT_MS, beat);
  // `close` follows an error, and says enough.
  raw.on("error", () => undefined);
  raw.once("close", () => {
    unfollow();
    unwatch();
    cancelBeat();
  });
}
