import { expect, test, vi } from "vitest";
import { connect, media, post, ring, world } from "./world.ts";

test("a caller whose stream failed, broke or never came before anybody spoke is told so, and not hung up on", async () => {
  const at = await world();
  const bye = async (id: string) => (await post(at, "/twilio/after-stream", { CallSid: id })).text();
  const sorry = "<Say>We cannot take your call right now. Please call again later.</Say><Hangup/>";

  await ring(at, "CAcoming");
  expect(await bye("CAcoming")).toContain(sorry);
  await at.clock.advance(60_000);
  expect(await bye("CAcoming")).toContain(sorry);

  const { peer, call } = await connect(at, "CAbug");
  call.bug = new Error("a bug in the hot path");
  peer.send(media(0));
  expect(await peer.closed).toBe(1011);
  expect(await bye("CAbug")).toContain(sorry);

  const { peer: lost } = await connect(at, "CAlost");
  lost.socket.terminate();
  await vi.waitFor(() => expect(at.memory.ends()).toContain("carrier-lost"));
  expect(await bye("CAlost")).toContain(sorry);

  // Whoever had this call is gone in the middle of it.
  expect(await bye("CAof-an-earlier-process")).toContain(sorry);
  expect(at.hungUp).toEqual([]);
});

test("a caller who has been spoken to is hung up on without more words, and so is one whom the agent let go silently", async () => {
  const at = await world();
  const { peer, call } = await connect(at, "CAspoken");
  const bye = async (id: string) => (await post(at, "/twilio/after-stream", { CallSid: id })).text();
  expect(await bye("CAspoken")).toContain("<Response><Hangup/>");
  call.line?.play("AAAA");
  call.end({ how: "failed", detail: "" });
  await peer.closed;
  expect(await bye("CAspoken")).toContain("<Response><Hangup/>");

  const { call: silent } = await connect(at, "CAsilent");
  silent.end({ how: "agent-hung-up", detail: "" });
  await vi.waitFor(() => expect(at.gateway.liveCalls).toBe(0));
  expect(await bye("CAsilent")).toContain("<Response><Hangup/>");
  expect(at.hungUp).toEqual(["CAspoken", "CAsilent"]);
});
