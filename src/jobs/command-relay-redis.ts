import { Redis } from "ioredis";
import type { Log } from "../kit/log.ts";
import type { QueuePlace } from "./backend.ts";
import type { OpenPost } from "./command-relay-post.ts";

const OPTIONS = {
  // What cannot be sent now is not kept: the asker asks again, and knows when to stop.
  enableOfflineQueue: false,
  autoResubscribe: false,
  commandTimeout: 2000,
  connectTimeout: 2000,
  maxRetriesPerRequest: 1,
  // The kernel looks whether a silent server is still there; we need not.
  keepAlive: 10_000,
  retryStrategy: (attempt: number) => Math.min(attempt * 50, 1000),
};

/** Letters by Redis' publish and subscribe: one connection to write, one to listen. Channels are not per database: calls are. */
export function redisPost(
  { url, prefix = "durvani" }: QueuePlace & { readonly kind: "redis" },
  { log }: { readonly log: Log },
): OpenPost {
  return (me, deliver) => {
    const all = `${prefix}:calls`;
    const channel = (process: string): string => `${prefix}:process:${process}`;
    const writer = new Redis(url, OPTIONS);
    const listener = new Redis(url, OPTIONS);
    let listening = false;

    async function listen(): Promise<void> {
      try {
        await listener.subscribe(all, channel(me));
        listening = true;
      } catch (error) {
        log.debug({ err: error }, "commands from other processes cannot be heard");
        listener.disconnect(true);
      }
    }

    for (const redis of [writer, listener]) {
      redis.on("error", (error) => log.debug({ err: error }, "a connection of the command relay failed"));
    }
    listener.on("ready", listen);
    listener.on("close", () => {
      listening = false;
    });
    listener.on("message", (_channel: string, letter: string) => deliver(letter));
    return {
      async toAll(letter) {
        if (!listening) throw new Error("no answer from Redis could reach us now");
        await writer.publish(all, letter);
      },
      async to(process, letter) {
        await writer.publish(channel(process), letter);
      },
      async close() {
        writer.disconnect();
        listener.disconnect();
      },
    };
  };
}
