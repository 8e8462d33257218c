import { templates } from "../../simulators/convoy-v4/inventory.ts";

/** What a create at a `convoy-v4` panel needs; the password is where the tests keep it. */
export const v4Server = {
  name: "web-1",
  user_id: 1,
  node_id: 1,
  vmid: null,
  hostname: "web-1.example.com",
  limits: {
    cpu: 2,
    memory: 2_147_483_648,
    disk: 21_474_836_480,
    snapshots: null,
    backups: null,
    bandwidth: null,
    address_ids: [],
  },
  account_password: "env:SWITCHYARD_INPUT_GUEST",
  should_create_server: true,
  template_uuid: templates[0]?.uuid ?? "",
  start_on_completion: true,
};

/** Longer than any build, in seconds. */
export const longestBuild = 2200;

export const guestPassword = "correct horse battery staple";
