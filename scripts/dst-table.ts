import { dstTable, outcomeOf, ruleText } from "../test/schedule/dst-table.ts";
import { alignedTable } from "./markdown-table.ts";

// The table of clock changes for docs/schedules.md: what the evaluator itself says, by the tz data of this Node.
const rows = dstTable.map((row) => [
  row.zone,
  row.change,
  row.case,
  `\`${ruleText(row)}\``,
  outcomeOf(row).join(", "),
]);
const head = [
  "zone",
  "change",
  "case",
  "rule",
  `edges, by tz data ${process.versions.tz ?? "of an unknown version"}`,
];
process.stdout.write(`${alignedTable(head, rows)}\n`);
