import { expect, test } from "vitest";
import { pathOf, type Route, routeOf } from "../../../src/page/console/route.ts";

const at = (path: string): Route | undefined => routeOf(new URL(path, "https://durvani.example.test"));

test.each<[path: string, route: Route]>([
  ["/", { page: "calls", portion: "all", search: "" }],
  ["/?show=live", { page: "calls", portion: "live", search: "" }],
  [
    "/calls/call_1?show=failed&search=%2B91+98450",
    { page: "calls", call: "call_1", portion: "failed", search: "+91 98450" },
  ],
  ["/?search=%E0%A4%91%E0%A4%B0%E0%A5%8D%E0%A4%A1%E0%A4%B0", { page: "calls", portion: "all", search: "ऑर्डर" }],
  ["/agents", { page: "agents" }],
  ["/health", { page: "health" }],
])("%s is the address of what it shows", (path, route) => {
  expect(at(path)).toEqual(route);
  expect(pathOf(route)).toBe(path);
});

test("addresses of other pages are theirs, and a filter that is none is all", () => {
  expect(["/call", "/softphone", "/docs", "/calls/a/b"].map(at)).toEqual([undefined, undefined, undefined, undefined]);
  expect(at("/calls?show=nothing")).toEqual({ page: "calls", portion: "all", search: "" });
  expect(at("/calls/%E0")).toMatchObject({ call: "%E0" });
});
