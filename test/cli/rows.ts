import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../local/temporary-folder.ts";

/** So many rows of CSV, called demo-web-1, demo-web-2, … */
export const csv = (count: number): string => {
  const rows = Array.from({ length: count }, (_, index) => `demo-web-${index + 1},DEV1-S,ubuntu_noble`);
  return ["name,type,image", ...rows, ""].join("\n");
};

/** A folder with one file in it. */
export const folderWith = (file: string, text: string): string => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, file), text);
  return folder;
};
