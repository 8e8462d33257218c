import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import ipaddr from "ipaddr.js";
import { refusalOfAddress, refusalOfUrl } from "../../lib/webhook/address.ts";
import { specialIpv4Ranges, specialIpv6Ranges } from "../../lib/webhook/address-ranges.ts";
import { Chance } from "../simulation/chance.ts";
import { hostileUrls } from "./hostile-urls.ts";
import { addressIn, publicUrls } from "./public-places.ts";
import { type Attack, callHostileUrls, openInside, rebind } from "./rebinding.ts";

const strict = { allowLoopback: false } as const;

/** Special ranges of IPv6 that need no entry in our list, as they lie outside of what is allowed, or in a wider one. */
const otherIpv6Ranges = [
  "::/128",
  "::1/128",
  "::/96",
  "::ffff:0:0/96",
  "::ffff:0:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "100:0:0:1::/64",
  "2001::/32",
  "2001:1::/32",
  "2001:2::/48",
  "2001:3::/32",
  "2001:4:112::/48",
  "2001:10::/28",
  "2001:20::/28",
  "2001:30::/28",
  "4000::/3",
  "5f00::/16",
  "fc00::/7",
  "fd00:ec2::/32",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

export const specialRanges: readonly string[] = [
  ...[...specialIpv4Ranges, ...specialIpv6Ranges].map(({ cidr }) => cidr),
  ...otherIpv6Ranges,
];

/** What our list holds back beyond the library's: these are no special addresses to it. */
const beyondTheLibrary = ["168.63.129.16/32", "3ffe::/16", "4000::/3"];

const bracketed = (address: string): string => (address.includes(":") ? `[${address}]` : address);
const isUnicast = (address: string): boolean => {
  const parsed = ipaddr.parse(address);
  return (
    parsed.range() === "unicast" &&
    !beyondTheLibrary.some((cidr) => {
      const [start, bits] = ipaddr.parseCIDR(cidr);
      return start.kind() === parsed.kind() && parsed.match(start, bits);
    }) &&
    // The library knows no allowlist of IPv6: outside of 2000::/3 nothing is given to hosts.
    (parsed.kind() === "ipv4" || parsed.match(ipaddr.parse("2000::"), 3))
  );
};

const note = (attack: Attack, isRight: boolean, words: string): void => {
  if (isRight) attack.passed += 1;
  else attack.wrong.push(words);
};

/** Random addresses of every special range: refused as an address and as a URL, and special to the library too. */
export const trySpecialRanges = (each: number, seed: number): Attack => {
  const chance = new Chance(seed).split("special");
  const attack: Attack = { passed: 0, wrong: [] };
  for (const cidr of specialRanges) {
    for (let index = 0; index < each; index += 1) {
      const address = addressIn(cidr, chance);
      const refused =
        refusalOfAddress(address, false) !== null &&
        refusalOfUrl(`https://${bracketed(address)}/`, strict) !== null;
      note(attack, refused && !isUnicast(address), `${address} of ${cidr}`);
    }
  }
  return attack;
};

/** Random addresses of the whole space: allowed exactly when the library calls them unicast (see `isUnicast`). */
export const tryWholeSpace = (count: number, seed: number): Attack => {
  const chance = new Chance(seed).split("whole");
  const attack: Attack = { passed: 0, wrong: [] };
  for (let index = 0; index < count; index += 1) {
    const address = addressIn(
      chance.pick(["0.0.0.0/0", "192.0.0.0/8", "2000::/3", "2001::/16", "::/0"]),
      chance,
    );
    const isAllowed = refusalOfAddress(address, false) === null;
    note(attack, isAllowed === isUnicast(address), `${address}: allowed ${isAllowed}`);
  }
  return attack;
};

/** URLs of the open internet, none of which is refused. */
export const tryPublicUrls = (count: number, seed: number): Attack => {
  const attack: Attack = { passed: 0, wrong: [] };
  for (const url of publicUrls(count, seed)) {
    const refusal = refusalOfUrl(url, strict);
    note(attack, refusal === null, `${url}: ${refusal?.detail}`);
  }
  return attack;
};

/** Hostile URLs, each refused under every setting but loopback where that is asked for. */
export const tryHostileUrls = (): Attack => {
  const attack: Attack = { passed: 0, wrong: [] };
  for (const [url, why] of hostileUrls) {
    const refusal = refusalOfUrl(url, strict);
    note(attack, refusal !== null && refusal.detail !== "", `${url} (${why})`);
  }
  return attack;
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { each: { type: "string", default: "65536" }, seed: { type: "string", default: "1" } },
  });
  const seed = Number(values.seed);
  const each = Number(values.each);
  const inside = await openInside();
  const began = performance.now();
  const parts: readonly (readonly [string, Attack])[] = [
    [`hostile URLs`, tryHostileUrls()],
    [`calls of hostile URLs`, await callHostileUrls(inside)],
    [`looks at a name that rebinds`, await rebind(500, seed, inside)],
    [`addresses of ${specialRanges.length} special ranges`, trySpecialRanges(each, seed)],
    [`addresses of the whole space, as ipaddr.js has them`, tryWholeSpace(each * 4, seed)],
    [`public URLs`, tryPublicUrls(1000, seed)],
  ];
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  await inside.close();
  for (const [name, { passed, wrong }] of parts) {
    for (const text of wrong.slice(0, 3)) process.stdout.write(`wrong: ${text}\n`);
    process.stdout.write(`${passed + wrong.length} ${name}: ${wrong.length} wrong\n`);
  }
  const failed = parts.reduce((sum, [, { wrong }]) => sum + wrong.length, 0) + inside.connections;
  const passed = parts.reduce((sum, [, attack]) => sum + attack.passed, 0);
  process.stdout.write(
    `${inside.connections} connections inside, ${seconds} s\n${passed} passed, ${failed} failed\n`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
