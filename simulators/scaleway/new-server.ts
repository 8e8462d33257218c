import type { World } from "../world.ts";
import { uuidOf } from "../randomness.ts";
import type { GroupRecord, Holdings, ServerRecord } from "./records.ts";

/** Whose something is, and where. */
export interface Owner {
  zone: string;
  organization: string;
  project: string;
}

type WhatItIs = Omit<
  ServerRecord,
  | "dynamicIp"
  | "privateIp"
  | "ipv6"
  | "node"
  | "userData"
  | "createdAt"
  | "modifiedAt"
  | "state"
  | "stateDetail"
  | "stateSince"
  | "cameFrom"
  | "transition"
>;

/** A server as every create leaves it: stopped, off the network, never booted. */
export const stoppedServer = (whatItIs: WhatItIs, now: number): ServerRecord => ({
  ...whatItIs,
  dynamicIp: null,
  privateIp: null,
  ipv6: null,
  node: null,
  userData: {},
  createdAt: now,
  modifiedAt: now,
  state: "stopped",
  stateDetail: "",
  stateSince: now,
  cameFrom: null,
  transition: null,
});

/** The id of the security group that an owner's servers are in unless they ask for another. */
export const defaultSecurityGroupId = (owner: Owner): string =>
  uuidOf(`security-group/${owner.zone}/${owner.project}`);

/** That group; made when it is first needed. */
export const defaultSecurityGroup = (
  parts: { world: World; holdings: Pick<Holdings, "securityGroups"> },
  owner: Owner,
): GroupRecord => {
  const id = defaultSecurityGroupId(owner);
  return (
    parts.holdings.securityGroups.get(id) ??
    parts.holdings.securityGroups.put({
      id,
      ...owner,
      name: "Default security group",
      description: "Auto generated security group.",
      tags: [],
      policyMode: "",
      policyType: "",
      createdAt: parts.world.clock.now(),
    })
  );
};
