import { Redis } from "ioredis";
import { test } from "vitest";
import { startRedis } from "../servers.ts";
import { commandRelayTests } from "./relay-contract.ts";
import { withServer } from "./with-server.ts";

const server = await withServer("Redis", startRedis);

if (!server) test.skip("the command relay on Redis", () => undefined);
else {
  const { url } = server;
  let watcher: Redis | undefined;
  let watched = 0;
  commandRelayTests("Redis", {
    place: { kind: "redis", url, prefix: "durvani-relay-test" },
    server: {
      down: () => server.kill(),
      up: () => server.restart(),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      async asked() {
        watcher ??= new Redis(url);
        const told = await watcher.info("stats");
        return Number(/total_commands_processed:(\d+)/.exec(told)?.[1]) - ++watched;
      },
    },
    async end() {
      watcher?.disconnect();
      await server.stop();
    },
  });
}
