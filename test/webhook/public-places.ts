import ipaddr from "ipaddr.js";
import { Chance } from "../simulation/chance.ts";

/** Names as real receivers have them. */
const publicNames = [
  "example.com",
  "www.example.com",
  "hooks.shop.example.org",
  "EXAMPLE.com",
  "a.b.c.d.e.f.example.net",
  "xn--mnchen-3ya.example",
  "münchen.example",
  "例え.テスト例.example",
  "1password.example.com",
  "4.example.com",
  "local.example.com",
  "localhost.example.com",
  "internal-tools.example.com",
  "my_app.example.com",
  "x--y.example.com",
  "xn--80ak6aa92e.com",
  "events.eu-west-3.example.dev",
  "n8n.example.io",
  `${"a".repeat(63)}.example.com`,
] as const;

/** Blocks from which the registries give addresses to hosts (IANA IPv6 Global Unicast Address Assignments). */
const givenIpv6 = [
  "2001:200::/23",
  "2001:4860::/32",
  "2400::/12",
  "2600::/12",
  "2606:4700::/32",
  "2800::/12",
];
const moreIpv6 = ["2a00::/12", "2a01:4f8::/32", "2c00::/12", "2003::/18", "2610::/23", "2630::/12"];

/** An address in a block, every bit behind its prefix by chance. */
export const addressIn = (cidr: string, chance: Chance): string => {
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  const bytes = address.toByteArray().map((byte, index) => {
    const fixed = Math.min(8, Math.max(0, prefix - index * 8));
    const open = 0xff >> fixed;
    return (byte & ~open) | (chance.between(0, 256) & open);
  });
  return ipaddr.fromByteArray(bytes).toString();
};

const publicIpv4 = (chance: Chance): string => {
  const found = addressIn("0.0.0.0/0", chance);
  return ipaddr.parse(found).range() === "unicast" ? found : publicIpv4(chance);
};

const hostOf = (chance: Chance): string => {
  const sort = chance.fraction();
  if (sort < 0.4) return publicIpv4(chance);
  if (sort < 0.8) return `[${addressIn(chance.pick([...givenIpv6, ...moreIpv6]), chance)}]`;
  return chance.pick(publicNames);
};

/** URLs of receivers on the open internet. */
export const publicUrls = (count: number, seed: number): readonly string[] => {
  const chance = new Chance(seed).split("public");
  return Array.from({ length: count }, () => {
    const port = chance.pick(["", ":443", ":8443"]);
    const path = chance.pick(["", "/", "/hooks/switchyard", "/h?token=a%20b&x=@y", "/~u/%2e%2e/x", "/a:b@c"]);
    return `${chance.pick(["https", "HTTPS"])}://${hostOf(chance)}${port}${path}`;
  });
};
