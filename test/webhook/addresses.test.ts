import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { refusalOfAddress, refusalOfUrl, shownUrl } from "../../lib/webhook/address.ts";
import { specialIpv4Ranges, specialIpv6Ranges } from "../../lib/webhook/address-ranges.ts";
import {
  specialRanges,
  tryHostileUrls,
  tryPublicUrls,
  trySpecialRanges,
  tryWholeSpace,
} from "./addresses.ts";
import { hostileUrls } from "./hostile-urls.ts";
import { callHostileUrls, openInside, rebind } from "./rebinding.ts";

describe("addresses that events may not be sent to", () => {
  it("are all that are special, and no others", () => {
    expect(trySpecialRanges(300, 2).wrong).toEqual([]);
    expect(tryWholeSpace(20_000, 2).wrong).toEqual([]);
    expect(specialRanges.length).toBeGreaterThan(40);
  });

  it.each([...specialIpv4Ranges, ...specialIpv6Ranges])(
    "include both ends of $cidr: $name",
    ({ cidr, source }) => {
      expect(source).not.toBe("");
      const [start, prefix] = ipaddr.parseCIDR(cidr);
      const bytes = start.toByteArray();
      const last = bytes.map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, prefix - index * 8))));
      for (const end of [bytes, last]) {
        expect(refusalOfAddress(ipaddr.fromByteArray(end).toString(), false)?.detail).toContain(cidr);
      }
    },
  );

  it.each([
    ["9.255.255.255", "before 10/8"],
    ["11.0.0.0", "behind 10/8"],
    ["100.63.255.255", "before 100.64/10"],
    ["100.128.0.0", "behind it"],
    ["126.255.255.255", "before 127/8"],
    ["128.0.0.0", "behind it"],
    ["172.15.255.255", "before 172.16/12"],
    ["172.32.0.0", "behind it"],
    ["192.0.1.0", "between two special ones"],
    ["198.17.255.255", "before 198.18/15"],
    ["198.20.0.0", "behind it"],
    ["223.255.255.255", "the last before multicast"],
    ["2001:200::", "behind 2001::/23"],
    ["2001:db7:ffff::", "before documentation"],
    ["2001:db9::", "behind it"],
    ["2003::", "behind 6to4"],
  ])("do not include %s, %s", (address) => {
    expect(refusalOfAddress(address, false)).toBeNull();
  });

  it("include whatever is no address", () => {
    for (const text of [
      "",
      "localhost",
      "1.2.3",
      "01.2.3.4",
      "1.1.1.1 ",
      "[::1]",
      "2606:4700::1111%eth0",
      "x",
    ])
      expect(refusalOfAddress(text, true), text).not.toBeNull();
  });
});

describe("URLs", () => {
  it("that are hostile are refused in every spelling", () => {
    expect(hostileUrls.length).toBeGreaterThanOrEqual(400);
    expect(tryHostileUrls().wrong).toEqual([]);
  });

  it("of receivers on the open internet are taken", () => {
    expect(tryPublicUrls(1000, 3).wrong).toEqual([]);
  });

  it.each([
    ["https://0x08080808/", "one number in hex"],
    ["https://134744072/", "one number"],
    ["https://8.8.2056/", "three parts"],
    ["https://８.８.８.８/", "wide digits"],
    ["https://%38.8.8.8/", "percent-encoded"],
  ])("with a public address may write it oddly: %s, %s", (url) => {
    expect(refusalOfUrl(url, { allowLoopback: false })).toBeNull();
  });

  it.each([
    ["http://127.0.0.1:8080/hook", true],
    ["http://127.9.9.9/", true],
    ["https://[::1]:3000/", true],
    ["http://0x7f000001:99/", true],
    ["http://localhost:8080/", true],
    ["http://0.0.0.0:8080/", false],
    ["http://[::ffff:127.0.0.1]:80/", false],
    ["http://10.0.0.1:8080/", false],
    ["http://example.com:8080/", false],
    ["https://example.com:8080/", false],
    ["http://u@127.0.0.1:8080/", false],
    ["ftp://127.0.0.1/", false],
  ])("on a developer's machine: %s is allowed: %s", (url, isAllowed) => {
    expect(refusalOfUrl(url, { allowLoopback: true }) === null).toBe(isAllowed);
    expect(refusalOfUrl(url, { allowLoopback: false })).not.toBeNull();
  });

  it("are refused in words that repeat neither user nor query", () => {
    for (const [url] of hostileUrls) {
      const noisy = url.replace(/\/hook$/, "/canary?canary=canary");
      expect(refusalOfUrl(noisy, { allowLoopback: false })?.detail).not.toContain("canary");
    }
    expect(refusalOfUrl("https://canary:canary@example.com", { allowLoopback: false })?.detail).not.toMatch(
      /canary/,
    );
  });

  it("are shown without user, path, query and fragment", () => {
    expect(shownUrl("https://u:p@Example.com:8443/a/b?token=t#f")).toBe("https://example.com:8443");
    expect(shownUrl("nonsense")).toBe("");
  });
});

it("a name that rebinds, and every hostile URL, never get a connection inside", async () => {
  const inside = await openInside();
  const attacks = [await callHostileUrls(inside), await rebind(40, 5, inside)];
  await inside.close();
  expect(attacks.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(inside.connections).toBe(0);
});
