import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Does this host name this machine only? Takes names and addresses, IPv6 with or without brackets, IPv4 in IPv6. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, "").replace(/^::ffff:(?=[\d.]+$)/i, "");
  const version = isIP(address);
  if (version === 0) return address === "localhost";
  return loopback.check(address, version === 4 ? "ipv4" : "ipv6");
}
