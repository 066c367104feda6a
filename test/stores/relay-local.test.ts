import { commandRelayTests } from "./relay-contract.ts";

// PGlite belongs to one process: its relay must never connect.
commandRelayTests("PGlite", {
  place: { kind: "postgres", poolConfig: { host: "/nowhere" }, embedded: true },
  end: async () => undefined,
});
