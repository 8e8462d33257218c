import { uuidOf } from "../randomness.ts";

/** An image that the provider offers to everyone. */
export interface PublicImage {
  id: string;
  label: string;
  name: string;
  arch: "x86_64" | "arm64" | "arm";
  /** Which storage its root is meant for. */
  storage: "instance_sbs" | "instance_local";
  /** Bytes. */
  size: number;
}

const labels: readonly (readonly [label: string, name: string])[] = [
  ["ubuntu_noble", "Ubuntu 24.04 Noble Numbat"],
  ["ubuntu_jammy", "Ubuntu 22.04 Jammy Jellyfish"],
  ["ubuntu_focal", "Ubuntu 20.04 Focal Fossa"],
  ["debian_trixie", "Debian Trixie"],
  ["debian_bookworm", "Debian Bookworm"],
  ["debian_bullseye", "Debian Bullseye"],
  ["rockylinux_9", "Rocky Linux 9"],
  ["almalinux_9", "AlmaLinux 9"],
  ["centos_stream_9", "CentOS Stream 9"],
  ["fedora_42", "Fedora 42"],
  ["arch_linux", "Arch Linux"],
  ["docker", "Docker"],
  ["windows_server_2022", "Windows Server 2022"],
];

const imageSize = 10_000_000_000;

/** Every public image of a zone of today's API; ids differ by zone, architecture and storage. */
export const publicImages = (zone: string): PublicImage[] =>
  labels.flatMap(([label, name]) =>
    (["x86_64", "arm64"] as const).flatMap((arch) =>
      (["instance_sbs", "instance_local"] as const).map((storage) => ({
        id: uuidOf(`image/${zone}/${label}/${arch}/${storage}`),
        label,
        name,
        arch,
        storage,
        size: imageSize,
      })),
    ),
  );

/** The images of the legacy API: the one of the documents' examples, and a few with the names of their time. */
export const legacyImages: readonly PublicImage[] = [
  { id: "85917034-46b0-4cc5-8b48-f0a2245e357e", name: "ubuntu working" },
  { id: uuidOf("image/par1/ubuntu-xenial"), name: "Ubuntu Xenial" },
  { id: uuidOf("image/par1/debian-jessie"), name: "Debian Jessie" },
  { id: uuidOf("image/par1/docker"), name: "Docker" },
].map(({ id, name }) => ({
  id,
  label: name,
  name,
  arch: "x86_64",
  storage: "instance_local",
  size: imageSize,
}));

/** Whether a text is a UUID; anything else names an image by its label. */
export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
