import { uuidOf } from "../randomness.ts";

const gibibyte = 1024 ** 3;

/** A node of the panel, with what it may give away in bytes. */
export interface Node {
  id: number;
  name: string;
  fqdn: string;
  memoryBytes: number;
  diskBytes: number;
}

const node = (id: number): Node => ({
  id,
  name: `node-${id}`,
  fqdn: `node-${id}.example.com`,
  memoryBytes: 4096 * gibibyte,
  diskBytes: 262_144 * gibibyte,
});

const nodes = new Map([1, 2].map((id) => [id, node(id)]));

/** Nodes 1 and 2. */
export const findNode = (id: number): Node | undefined => nodes.get(id);

/** Users 1 to 50; the first is a root admin. */
export const isUser = (id: number): boolean => Number.isInteger(id) && id >= 1 && id <= 50;

/** A template as a create names it. */
export interface Template {
  uuid: string;
  nodeId: number;
}

const templateOf = (nodeId: number, place: number): Template => ({
  uuid: uuidOf(`convoy-v4/template/${nodeId}/${place}`),
  nodeId,
});

/** Four templates on node 1, two others on node 2: a template lies on one node only. */
export const templates: readonly Template[] = [
  ...[1, 2, 3, 4].map((place) => templateOf(1, place)),
  ...[1, 2].map((place) => templateOf(2, place)),
];

/** An address of a pool as the panel shows it. */
export interface Address {
  id: number;
  poolId: number;
  type: "ipv4" | "ipv6";
  address: string;
  cidr: number;
  gateway: string;
}

/** Addresses 1 to 200 of pool 1 are IPv4, 201 to 300 of pool 2 IPv6. */
export const findAddress = (id: number): Address | undefined => {
  if (!Number.isInteger(id) || id < 1 || id > 300) {
    return undefined;
  }
  return id <= 200
    ? { id, poolId: 1, type: "ipv4", address: `203.0.113.${id}`, cidr: 24, gateway: "203.0.113.254" }
    : {
        id,
        poolId: 2,
        type: "ipv6",
        address: `2001:db8::${id.toString(16)}`,
        cidr: 64,
        gateway: "2001:db8::ffff",
      };
};
