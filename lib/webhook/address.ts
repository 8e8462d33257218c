import { BlockList, isIPv4, isIPv6 } from "node:net";
import {
  globalIpv6Range,
  specialIpv4Ranges,
  specialIpv6Ranges,
  type SpecialRange,
} from "./address-ranges.ts";

interface Block {
  readonly range: SpecialRange;
  readonly holds: (address: string) => boolean;
}

const blockOf = (range: SpecialRange): Block => {
  const [start = "", prefix = ""] = range.cidr.split("/");
  const family = isIPv4(start) ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(start, Number(prefix), family);
  return { range, holds: (address) => list.check(address, family) };
};

const special4 = specialIpv4Ranges.map(blockOf);
const special6 = specialIpv6Ranges.map(blockOf);
const global6 = blockOf(globalIpv6Range);
const loopback4 = blockOf({ cidr: "127.0.0.0/8", name: "loopback", source: "RFC 1122" });
const loopback6 = blockOf({ cidr: "::1/128", name: "loopback", source: "RFC 4291" });

/** Why something may not be called; for people, without the URL's query and userinfo. */
export interface AddressRefusal {
  readonly detail: string;
}

const inSpecial = (address: string, special: readonly Block[]): AddressRefusal | null => {
  const found = special.find(({ holds }) => holds(address));
  return found === undefined
    ? null
    : { detail: `${address} is not a public address: ${found.range.name} (${found.range.cidr})` };
};

/** Whether the text is an IP address, as the system writes them (no brackets, no zone). */
export const isLiteralAddress = (text: string): boolean =>
  isIPv4(text) || (isIPv6(text) && !text.includes("%"));

const isLoopback = (address: string): boolean =>
  isIPv4(address) ? loopback4.holds(address) : isLiteralAddress(address) && loopback6.holds(address);

/**
 * Why this IP address may not be connected to; null when it may. An allowlist: whatever is not known to be public is
 * refused, also what is no address at all.
 */
export const refusalOfAddress = (address: string, allowLoopback: boolean): AddressRefusal | null => {
  if (allowLoopback && isLoopback(address)) return null;
  if (isIPv4(address)) return inSpecial(address, special4);
  if (!isLiteralAddress(address)) return { detail: "what the name led to is not an address" };
  if (!global6.holds(address)) return { detail: `${address} is not a public address: outside of 2000::/3` };
  return inSpecial(address, special6);
};

/** What a URL is measured by. */
export interface UrlRules {
  /** Also http, and any port, if the host is a loopback address: on a developer's machine. */
  readonly allowLoopback: boolean;
  /** Ports that may be called; 443 and 8443 if not said. */
  readonly ports?: readonly number[];
}

const usualPorts = [443, 8443];
const longestUrl = 2048;
const schemePorts = { "https:": 443, "http:": 80 } as const;

/** Names that mean the machine or the network that one is in (RFC 6761, 6762, 8375, 9476, ICANN 2018 and 2024). */
const innerEndings = new Set([
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "arpa",
  "onion",
  "alt",
]);
const labelPattern = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

const detail = (text: string): AddressRefusal => ({ detail: text });

const refusalOfName = (name: string): AddressRefusal | null => {
  if (name.endsWith(".")) return detail("write the host without a dot at its end");
  if (name.length > 253) return detail("the host is longer than 253 characters");
  const labels = name.split(".");
  if (!labels.every((label) => labelPattern.test(label))) return detail("the host is not a valid name");
  const last = labels.at(-1) ?? "";
  if (innerEndings.has(last)) {
    return detail(`names that end in ".${last}" are not on the public internet`);
  }
  if (labels.length < 2) return detail("the host must be a full name, with a dot in it");
  return null;
};

/** What must hold of the text itself: the parser drops, turns and decodes much before anybody can look at it. */
const refusalOfText = (text: string): AddressRefusal | null => {
  if (text.length > longestUrl) return detail(`the URL is longer than ${longestUrl} characters`);
  if (/[\s\p{Cc}\p{Cf}\\]/u.test(text)) {
    return detail("the URL must hold no spaces, control characters or backslashes");
  }
  const authority = /^https?:\/\/(?<authority>[^/?#]*)/i.exec(text)?.groups?.["authority"];
  if (authority === undefined) return detail("the URL must begin with https://");
  if (authority === "") return detail("the URL has no host");
  if (authority.includes("@")) {
    return detail("the URL must hold no user and password: use a header of the endpoint");
  }
  if (text.includes("#")) return detail("the URL must hold no fragment (#): it is never sent");
  return null;
};

/**
 * Why events may not be sent to this URL; null when they may, as far as the URL alone can tell (where its name leads is
 * checked when connecting). Literal addresses are checked in every spelling that the URL parser takes for one.
 */
export const refusalOfUrl = (text: string, rules: UrlRules): AddressRefusal | null => {
  const wrong = refusalOfText(text);
  if (wrong !== null) return wrong;
  const url = URL.parse(text);
  if (url === null) return detail("this is not a valid URL");
  const host = url.hostname.replace(/^\[(?<inner>.*)\]$/, "$<inner>");
  const literal = isLiteralAddress(host);
  if (rules.allowLoopback && (host === "localhost" || (literal && isLoopback(host)))) return null;
  if (url.protocol !== "https:") return detail("the URL must begin with https://");
  const port = url.port === "" ? schemePorts[url.protocol] : Number(url.port);
  const ports = rules.ports ?? usualPorts;
  if (!ports.includes(port)) return detail(`the port must be ${ports.join(" or ")}`);
  return literal ? refusalOfAddress(host, false) : refusalOfName(host);
};

/**
 * The URL as it may be shown to others: where it leads, and nothing behind that, since some services put a token into
 * the path. Empty when it is no URL.
 */
export const shownUrl = (text: string): string => {
  const url = URL.parse(text);
  return url === null ? "" : `${url.protocol}//${url.host}`;
};
