/** Nodes by number, under the names that specifications show. */
const nodes = new Map([
  [1, "proxmox"],
  [2, "proxmox-2"],
]);

const upTo = (last: number) => (id: number) => Number.isInteger(id) && id >= 1 && id <= last;

/** The rows that a create may name: nodes 1 and 2, users 1 to 50, templates 1 to 10, addresses 1 to 200. */
export const rows = {
  node: (id: number) => nodes.has(id),
  user: upTo(50),
  template: upTo(10),
  address: upTo(200),
};

export const nodeName = (id: number): string => nodes.get(id) ?? "";

const disk = (name: string, size: string) => ({ disk: name, size, pending: false });

/** What a template's clone has before anybody changes it. */
export const templateShape = {
  cores: 1,
  memoryBytes: 1024 * 1024 * 1024,
  disks: [disk("scsi0", "10G"), disk("ide2", "4M")],
};

/** Machines that were on node 1 before; the first is the one of the document. Node 2 is empty. */
export const firstGuests = [
  {
    nodeId: 1,
    vmid: 1489,
    cores: 1,
    memoryBytes: 3_179_282_432,
    disks: [disk("ide0", "2G"), disk("ide1", "3G"), disk("sata0", "5324M"), disk("scsi0", "11468M")],
    lockedIps: [],
  },
  { nodeId: 1, vmid: 3009, ...templateShape, lockedIps: [] },
  { nodeId: 1, vmid: 4716, ...templateShape, lockedIps: [] },
];
