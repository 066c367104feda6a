import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";
import type { Dialect, Verdict } from "./carrier.ts";
import { header } from "./wire.ts";

export const refused = (why: string, status: 401 | 503 = 401): Verdict => ({ ok: false, status, why });

export type UnsignedProof = {
  /** The Basic pair that the carrier sends to our webhooks and sockets. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** IPv4 and IPv6 addresses, and networks such as `10.0.0.0/8`, whose webhooks need no pair. */
  readonly allowedIps: readonly string[];
};

/** For carriers that sign nothing. Proof that was sent must be right, wherever it comes from. */
export function unsignedAdmission(proof: UnsignedProof): Pick<Dialect, "admitWebhook" | "admitUpgrade"> {
  const isPair = basicCheck(proof.user, proof.password);
  const isAllowed = addressCheck(proof.allowedIps);
  const configured = Boolean(proof.user && proof.password) || proof.allowedIps.length > 0;
  return {
    admitWebhook(request) {
      if (!configured) return refused("neither a Basic pair nor allowed addresses are configured", 503);
      const sent = header(request, "authorization");
      if (sent !== undefined) return isPair(sent) ? { ok: true } : refused("Basic pair wrong");
      return isAllowed(request.remoteAddress) ? { ok: true } : refused("no Basic pair, address unknown");
    },
    admitUpgrade(request) {
      const sent = header(request, "authorization");
      if (sent === undefined) return { ok: true, signed: false };
      return isPair(sent) ? { ok: true, signed: true } : refused("Basic pair wrong");
    },
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Checks an `Authorization` header against this pair, in a time that tells nothing about it. With no pair no header is right.
 */
function basicCheck(user: string | undefined, password: string | undefined): (authorization: string) => boolean {
  if (!user || !password) return () => false;
  const expected = digest(`${user}:${password}`);
  return (authorization) => {
    const sent = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization)?.[1];
    return timingSafeEqual(expected, digest(Buffer.from(sent ?? "", "base64").toString())) && sent !== undefined;
  };
}

/** Checks a peer's address against IPv4 and IPv6 addresses and networks, however they are written. Throws over what is none. */
function addressCheck(allowed: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const one of allowed) {
    const [address = "", bits] = one.split("/");
    if (bits === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, Number(bits || "none"), family(address));
  }
  return (address) => {
    // A link-local peer comes with its interface, `fe80::1%eth0`.
    const bare = address.replace(/%.*$/, "");
    return isIP(bare) !== 0 && list.check(bare, family(bare));
  };
}

const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
