import { tableSuite } from "../contracts/table-suite.ts";
import { openMemoryTable } from "./memory-table.ts";

tableSuite("in memory", openMemoryTable);
