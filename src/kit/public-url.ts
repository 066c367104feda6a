import { type LookupAddress, type LookupAllOptions, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** What URLs that a customer gave may be. */
export type UrlRules = {
  /** Addresses of this machine and of private networks are let through. */
  readonly allowPrivate: boolean;
  /** Plain http is refused. */
  readonly httpsOnly: boolean;
};

/** IANA's registry of special-purpose IPv4 addresses, multicast, and what clouds serve their machines' secrets at. */
const closedV4 = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // shared by carriers' customers; Alibaba's metadata
  ["127.0.0.0", 8],
  ["168.63.129.16", 32], // Azure's; it looks public
  ["169.254.0.0", 16], // link-local; everybody else's metadata
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  closedV4.addSubnet(net, bits, "ipv4");

/** Of IPv6 only this much is given out to the world: IPv4 in IPv6, NAT64, link-local, unique local and multicast are elsewhere. */
const openV6 = new BlockList();
openV6.addSubnet("2000::", 3, "ipv6");
const closedV6 = new BlockList();
for (const [net, bits] of [
  ["2001::", 23], // Teredo and other protocols' own
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4: any IPv4 address
  ["3fff::", 20],
] as const)
  closedV6.addSubnet(net, bits, "ipv6");

/** Is this an address that the whole internet may talk to? `address` without brackets; false for what is none, or has a zone. */
export function isPublicAddress(address: string): boolean {
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 4) return !closedV4.check(address, "ipv4");
  return version === 6 && openV6.check(address, "ipv6") && !closedV6.check(address, "ipv6");
}

/** What is wrong with such a URL, as far as it can be told without asking where its name leads: `publicLookup` does that. */
export function urlComplaint(text: string, { allowPrivate, httpsOnly }: UrlRules): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["https:", "http:"].includes(url.protocol)) return "must be a URL that begins with https://";
  if (httpsOnly && url.protocol !== "https:") return "must be https in production";
  if (url.username || url.password) return "must not hold a user or a password";
  // Node connects to an address that stands in a URL without looking it up.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return notPublic(host);
  return undefined;
}

type Resolve = (
  host: string,
  options: LookupAllOptions,
  then: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for connections that fails when any address of the name is not public. What it lets through is what is connected to,
 * so a name that answers differently each time gains nothing.
 */
export function publicLookup(
  { allowPrivate }: Pick<UrlRules, "allowPrivate">,
  resolve: Resolve = lookup,
): LookupFunction {
  return (host, options, then) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return then(error, "", 0);
      const refused = found.find(({ address }) => !allowPrivate && !isPublicAddress(address));
      const [first] = found;
      if (!first) then(new Error(`${host} has no address`), "", 0);
      else if (refused) then(new Error(`${host}: ${notPublic(refused.address)}`), "", 0);
      else if (options.all) then(null, found);
      else then(null, first.address, first.family);
    });
  };
}

const notPublic = (address: string): string => `${address} is not a public address, and ALLOW_PRIVATE_URLS is not true`;
