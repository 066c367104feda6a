import { fastify } from "fastify";
import { expect, test } from "vitest";
import { documentRoutes } from "../../src/gateway/documents.ts";

test("who asks before the public origin is known does not decide where the API is said to be", async () => {
  let origin = "";
  const app = fastify();
  documentRoutes(app, { publicUrl: () => origin }, []);
  const servers = async () => (await app.inject("/openapi.json")).json().servers;
  expect(await servers()).toEqual([{ url: "" }]);
  origin = "https://voice.example.test";
  expect(await servers()).toEqual([{ url: origin }]);
});
