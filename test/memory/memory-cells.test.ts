import { cellsContract } from "../contracts/cells.ts";
import { MemoryCells } from "./memory-cells.ts";

cellsContract("in memory", async () => {
  const cells = new MemoryCells();
  return { cells, other: cells };
});
