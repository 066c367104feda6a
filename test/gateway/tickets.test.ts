import { expect, test } from "vitest";
import { Tickets } from "../../src/gateway/tickets.ts";
import { randomIds } from "../../src/kit/ids.ts";
import { VirtualClock } from "../../src/kit/virtual-clock.ts";

function desk() {
  const clock = new VirtualClock();
  const ids = randomIds(() => clock.wall());
  return { clock, tickets: new Tickets<string>(clock, () => ids.secret()) };
}

test("a ticket is redeemed once, by whoever it was issued for", () => {
  const { tickets } = desk();
  const [one, other] = [tickets.issue("one"), tickets.issue("other")];
  expect(tickets.look(one)).toBe("one");
  expect(tickets.redeem(one)).toBe("one");
  expect(tickets.redeem(one)).toBeUndefined();
  expect(tickets.redeem(other)).toBe("other");
  expect(tickets.redeem("")).toBeUndefined();
  expect(tickets.size).toBe(0);
});

test("a ticket is good for 60 s and not a millisecond longer, and is then forgotten", async () => {
  const { clock, tickets } = desk();
  const ticket = tickets.issue("one");
  await clock.advance(59_999);
  expect(tickets.look(ticket)).toBe("one");
  await clock.advance(1);
  expect(tickets.redeem(ticket)).toBeUndefined();
  expect(tickets.size).toBe(0);
});

test("a ticket that was revoked is no longer good", () => {
  const { tickets } = desk();
  const ticket = tickets.issue("one");
  tickets.revoke(ticket);
  expect(tickets.redeem(ticket)).toBeUndefined();
});
