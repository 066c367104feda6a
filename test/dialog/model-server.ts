import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as bodyOf } from "node:stream/consumers";
import { afterEach } from "vitest";

type Asked = {
  readonly model: string;
  readonly key: string;
  readonly system: string;
  readonly reasoningEffort: unknown;
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server of OpenAI's shape that answers everything with one sentence, or while it is `down` with its `status`. Closed after the test. */
export async function modelServer() {
  const asked: Asked[] = [];
  const state = { down: false, status: 500 };
  const server = createServer(async (request, response) => {
    const { model, messages, reasoning_effort } = JSON.parse(await bodyOf(request));
    const key = request.headers.authorization ?? "";
    asked.push({ model, key, system: messages[0].content, reasoningEffort: reasoning_effort });
    if (state.down) return void response.writeHead(state.status).end("{}");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: {"choices":[{"index":0,"delta":{"content":"Of course."}}]}\n\ndata: [DONE]\n\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { asked, state, baseUrl };
}
