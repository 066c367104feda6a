import { expect, test } from "vitest";
import { AppHost } from "../../src/page/client/mcp-host.ts";

function host(data: unknown) {
  const posted: object[] = [];
  const heights: number[] = [];
  const events = {
    post: (message: object) => void posted.push(message),
    resized: (px: number) => void heights.push(px),
  };
  return { host: new AppHost(data, { theme: "dark", locale: "hi" }, events), posted, heights };
}

const jsonrpc = "2.0";

test("S3.18: an app is told what it begins with as soon as it is there", () => {
  const { host: page, posted } = host({ order: 17 });
  page.loaded();
  expect(posted).toEqual([{ jsonrpc, method: "ui/initialize", params: { order: 17 } }]);
});

test("S3.18: an app that asks first, as MCP Apps do, learns who shows it, and then the same as a tool's result", () => {
  const { host: page, posted } = host({ order: 17 });
  page.hear({ jsonrpc, id: 1, method: "ui/initialize", params: { protocolVersion: "2026-01-26" } });
  page.hear({ jsonrpc, method: "ui/notifications/initialized" });
  expect(posted).toMatchObject([
    { id: 1, result: { protocolVersion: "2026-01-26", hostContext: { theme: "dark", displayMode: "inline" } } },
    { method: "ui/notifications/tool-result", params: { structuredContent: { order: 17 } } },
  ]);
});

test("what is no object is a result in text only", () => {
  const { host: page, posted } = host([1, 2]);
  page.hear({ jsonrpc, method: "ui/notifications/initialized" });
  expect(posted).toEqual([
    { jsonrpc, method: "ui/notifications/tool-result", params: { content: [{ type: "text", text: "[1,2]" }] } },
  ]);
});

test("it may say how high it is, and nothing else is offered", () => {
  const { host: page, posted, heights } = host({});
  page.hear({ jsonrpc, method: "ui/notifications/size-changed", params: { height: 300 } });
  page.hear({ jsonrpc, method: "ui/notifications/size-changed", params: { height: "all" } });
  page.hear({ jsonrpc, id: "a", method: "tools/call", params: { name: "pay" } });
  page.hear({ jsonrpc, id: "b", method: "ping" });
  expect(heights).toEqual([300]);
  expect(posted).toEqual([
    { jsonrpc, id: "a", error: { code: -32601, message: "tools/call is not offered here" } },
    { jsonrpc, id: "b", result: {} },
  ]);
});

test.each([[undefined], [null], ["hello"], [{ id: 1, method: "ui/initialize" }], [{ jsonrpc, id: 1 }]])(
  "%j is not for it",
  (message) => {
    const { host: page, posted } = host({});
    page.hear(message);
    expect(posted).toEqual([]);
  },
);
