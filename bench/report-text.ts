import type { Figure, FiguresRow, Report, ServersRow } from "./report.ts";

const number = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  if (Math.abs(value) < 0.001) return value.toExponential(1);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(Math.abs(value) < 0.1 ? 3 : digits);
};

const shown = (value: number | null): string => (value === null ? "–" : number(value));

const ratioShown = ({ ratio }: Figure): string =>
  ratio === null ? "" : `${number(ratio.median)}  [${number(ratio.min)}–${number(ratio.max)}]`;

const tableOf = (figures: readonly Figure[]): readonly string[] => {
  const cells = [
    ["", "ours", "rival", "", "ours ÷ rival"],
    ...figures.map((figure) => [
      figure.name,
      shown(figure.ours),
      shown(figure.rival),
      figure.unit,
      ratioShown(figure),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 1 || column === 2 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
};

const linesOf = (row: ServersRow | FiguresRow): readonly string[] => {
  const rounds = typeof row.rounds === "number" ? row.rounds : row.rounds.length;
  const head = [
    row.title,
    `rival: ${row.rival}`,
    `rounds: ${rounds}; medians; ratios pair by pair, median [min–max]`,
  ];
  return [...head, ...tableOf(row.figures), ""];
};

/** The report as tables. Figures are medians over the rounds; nothing passes or fails. */
export const textOf = ({ settings, rows }: Report): string => {
  const warning =
    settings.speed === 1
      ? []
      : [`Durations are divided by ${settings.speed}: these figures mean nothing.`, ""];
  const measured = Object.values(rows).filter((row) => row !== null);
  const machine = `Node ${settings.node}, ${settings.cores} cores`;
  return [...warning, ...measured.flatMap(linesOf), machine].join("\n");
};
