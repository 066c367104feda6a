import pg from "pg";
import { test } from "vitest";
import { startPostgres } from "../servers.ts";
import { commandRelayTests } from "./relay-contract.ts";
import { withServer } from "./with-server.ts";

const server = await withServer("PostgreSQL", startPostgres);

if (!server) test.skip("the command relay on PostgreSQL", () => undefined);
else {
  const { url } = server;
  commandRelayTests("PostgreSQL", {
    place: { kind: "postgres", poolConfig: { connectionString: url, statement_timeout: 5000 }, embedded: false },
    server: {
      down: () => server.kill(),
      up: () => server.restart(),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      async asked() {
        const client = new pg.Client(url);
        await client.connect();
        const { rows } = await client.query(
          "select max(query_start)::text as last from pg_stat_activity where application_name = 'durvani command relay'",
        );
        await client.end();
        return Date.parse(rows[0].last);
      },
    },
    end: () => server.stop(),
  });
}
