import { BlockList, isIPv4, isIPv6 } from "node:net";
import * as z from "zod";

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

const networkOf = (text: string): Network | null => {
  const parts = /^(?<address>[0-9a-fA-F.:]{2,45})\/(?<bits>0|[1-9]\d{0,2})$/.exec(text)?.groups;
  const address = parts?.["address"] ?? "";
  const bits = Number(parts?.["bits"]);
  if (isIPv4(address)) return bits <= 32 ? { address, bits, family: "ipv4" } : null;
  return isIPv6(address) && bits <= 128 ? { address, bits, family: "ipv6" } : null;
};

/** A range of addresses: `192.0.2.0/24`, `2001:db8::/32`. */
export const networkSchema = z
  .string()
  .max(50)
  .refine((text) => networkOf(text) !== null, {
    error: "must be a network such as 192.0.2.0/24 or 2001:db8::/32",
  });

/** A socket that takes both families writes IPv4 addresses so. */
const mappedPattern = /^::ffff:(?<plain>\d+\.\d+\.\d+\.\d+)$/i;

/** Whether one of the networks has the address; an address that is not known, or is none, is in no network. */
export const isWithin = (networks: readonly string[], address: string | null): boolean => {
  const plain = mappedPattern.exec(address ?? "")?.groups?.["plain"] ?? address ?? "";
  const family = isIPv4(plain) ? "ipv4" : isIPv6(plain) ? "ipv6" : null;
  if (family === null) return false;
  const list = new BlockList();
  for (const text of networks) {
    const network = networkOf(text);
    if (network !== null && network.family === family)
      list.addSubnet(network.address, network.bits, network.family);
  }
  return list.check(plain, family);
};
