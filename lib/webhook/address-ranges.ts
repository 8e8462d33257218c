/** A block of addresses that is no place for a receiver on the open internet, and where that is written. */
export interface SpecialRange {
  readonly cidr: string;
  readonly name: string;
  readonly source: string;
}

const range = (cidr: string, name: string, source: string): SpecialRange => ({ cidr, name, source });

/**
 * Everything in IPv4 that is not an ordinary public host. From the IANA IPv4 Special-Purpose Address Registry
 * (iana.org/assignments/iana-ipv4-special-registry), with the documents that it names, the multicast and the reserved
 * space of the IANA IPv4 Address Space Registry, and one address that a cloud answers on inside its own network.
 */
export const specialIpv4Ranges: readonly SpecialRange[] = [
  range("0.0.0.0/8", "this network", "RFC 791 section 3.2"),
  range("10.0.0.0/8", "private use", "RFC 1918"),
  range("100.64.0.0/10", "shared address space of carriers", "RFC 6598"),
  range("127.0.0.0/8", "loopback", "RFC 1122 section 3.2.1.3"),
  range("169.254.0.0/16", "link local", "RFC 3927"),
  range("172.16.0.0/12", "private use", "RFC 1918"),
  range("192.0.0.0/24", "IETF protocol assignments", "RFC 6890 section 2.1"),
  range("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"),
  range("192.31.196.0/24", "AS112-v4", "RFC 7535"),
  range("192.52.193.0/24", "AMT", "RFC 7450"),
  range("192.88.99.0/24", "deprecated 6to4 relay anycast", "RFC 7526"),
  range("192.168.0.0/16", "private use", "RFC 1918"),
  range("192.175.48.0/24", "direct delegation AS112 service", "RFC 7534"),
  range("198.18.0.0/15", "benchmarking", "RFC 2544"),
  range("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"),
  range("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"),
  range("224.0.0.0/4", "multicast", "RFC 1112"),
  range("240.0.0.0/4", "reserved, limited broadcast", "RFC 1112 section 4, RFC 8190"),
  range(
    "168.63.129.16/32",
    "a cloud's own host services",
    "Azure documentation: What is IP address 168.63.129.16",
  ),
];

/**
 * The only part of IPv6 from which addresses are given to hosts on the internet (IANA IPv6 Address Space Registry,
 * RFC 4291). What lies outside needs no list: loopback, IPv4-mapped and IPv4-compatible forms, 64:ff9b::/96 and
 * 64:ff9b:1::/48, unique local, link local, site local, multicast, 100::/64, 5f00::/16.
 */
export const globalIpv6Range: SpecialRange = range("2000::/3", "global unicast", "RFC 4291 section 2.4");

/** What is not an ordinary public host inside of `globalIpv6Range`: IANA IPv6 Special-Purpose Address Registry. */
export const specialIpv6Ranges: readonly SpecialRange[] = [
  range(
    "2001::/23",
    "IETF protocol assignments: Teredo, benchmarking, AMT, AS112, ORCHID, drones",
    "RFC 2928, RFC 4380, RFC 5180, RFC 7450, RFC 7535, RFC 4843, RFC 7343, RFC 9374",
  ),
  range("2001:db8::/32", "documentation", "RFC 3849"),
  range("2002::/16", "6to4: holds an IPv4 address", "RFC 3056"),
  range("2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534"),
  range("3ffe::/16", "given back by the 6bone", "RFC 3701"),
  range("3fff::/20", "documentation", "RFC 9637"),
];
