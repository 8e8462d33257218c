import { tableSuite } from "../contracts/table-suite.ts";
import { openSimulatedTable } from "./table-world.ts";

tableSuite("simulated", openSimulatedTable());
tableSuite("simulated, with every reply lost", openSimulatedTable(true));
