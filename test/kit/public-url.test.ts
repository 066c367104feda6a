import type { LookupAddress } from "node:dns";
import { expect, test } from "vitest";
import { isPublicAddress, publicLookup, urlComplaint } from "../../src/kit/public-url.ts";

const PUBLIC = [
  "8.8.8.8",
  "1.1.1.1",
  "172.15.255.255",
  "172.32.0.0",
  "100.63.0.1",
  "100.128.0.1",
  "2606:4700:4700::1111",
  "2404:6800::1",
];
const NOT_PUBLIC = [
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.0.1",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "239.1.1.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:a00:1",
  "::ffff:8.8.8.8",
  "64:ff9b::a00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "localhost",
  "",
];

test.each(PUBLIC)("%s is public", (address) => expect(isPublicAddress(address)).toBe(true));
test.each(NOT_PUBLIC)("%s is not", (address) => expect(isPublicAddress(address)).toBe(false));

const strict = { allowPrivate: false, httpsOnly: true };

test.each([
  "https://example.com/hook?x=1",
  "https://example.com:8443/",
  "https://8.8.8.8/",
  "https://[2606:4700::1111]/",
  // Only asking tells where this leads.
  "https://localhost/",
])("%s can be a customer's", (url) => expect(urlComplaint(url, strict)).toBeUndefined());

test.each([
  ["http://example.com/", /https/],
  ["ftp://example.com/", /https/],
  ["file:///etc/passwd", /https/],
  ["example.com", /URL/],
  ["https://user:password@example.com/", /password/],
  ["https://127.0.0.1/", /not a public address/],
  ["https://127.1/", /127\.0\.0\.1 is not/],
  ["https://2130706433/", /127\.0\.0\.1 is not/],
  ["https://0x7f.0.0.1/", /127\.0\.0\.1 is not/],
  ["https://0177.0.0.1/", /127\.0\.0\.1 is not/],
  ["https://127.0.0.1./", /127\.0\.0\.1 is not/],
  ["https://①②⑦.0.0.1/", /127\.0\.0\.1 is not/],
  ["https://169.254.169.254/latest/meta-data/", /not a public/],
  ["https://[::1]/", /not a public/],
  ["https://[::ffff:10.0.0.1]/", /not a public/],
  ["https://[fd00:ec2::254]/", /not a public/],
])("%s cannot", (url, why) => expect(urlComplaint(url, strict)).toMatch(why));

test("http and private addresses can be allowed, each by itself", () => {
  expect(urlComplaint("http://example.com/", { ...strict, httpsOnly: false })).toBeUndefined();
  expect(urlComplaint("http://10.0.0.1/", { ...strict, httpsOnly: false })).toMatch(/not a public/);
  expect(urlComplaint("https://10.0.0.1/", { ...strict, allowPrivate: true })).toBeUndefined();
  expect(urlComplaint("http://10.0.0.1/", { ...strict, allowPrivate: true })).toMatch(/https/);
});

/** What a connection to this name would be told; addresses as the name's server gives them. */
function lookedUp(addresses: readonly string[], allowPrivate = false, all = true): Promise<unknown> {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const missing = Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" });
  const lookup = publicLookup({ allowPrivate }, (_host, _options, then) =>
    found.length > 0 ? then(null, found) : then(missing, []),
  );
  return new Promise((resolve, reject) => {
    lookup("name.example", { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });
}

test("a name is as good as the worst of its addresses", async () => {
  expect(await lookedUp(["8.8.8.8", "2606:4700::1111"])).toHaveLength(2);
  expect(await lookedUp(["8.8.8.8"], false, false)).toBe("8.8.8.8");
  await expect(lookedUp(["8.8.8.8", "10.0.0.1"])).rejects.toThrow("name.example: 10.0.0.1 is not a public address");
  await expect(lookedUp(["::1"], false, false)).rejects.toThrow("not a public address");
  expect(await lookedUp(["10.0.0.1"], true, false)).toBe("10.0.0.1");
  await expect(lookedUp([])).rejects.toThrow("ENOTFOUND");
});

test("the system's own lookup is what is asked: localhost leads to no public address", async () => {
  const looked = new Promise((resolve, reject) => {
    publicLookup({ allowPrivate: false })("localhost", {}, (error, address) =>
      error ? reject(error) : resolve(address),
    );
  });
  await expect(looked).rejects.toThrow("not a public address");
});
