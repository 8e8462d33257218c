import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { bundleFunctions } from "../scripts/bundle.ts";
import type { Figure, FiguresRow } from "./report.ts";
import { median, pairedRatio } from "./statistics.ts";

const run = promisify(execFile);

/** What a fresh process does: imports one file, and says how long that took, in milliseconds. */
const program = `
  const began = performance.now();
  require(process.argv[1]);
  process.stdout.write(String(performance.now() - began));`;

/** One cold start: the whole life of the process, and the import in it, both in milliseconds. */
interface ColdStart {
  readonly wall: number;
  readonly load: number;
}

const coldStart = async (file: string): Promise<ColdStart> => {
  const began = performance.now();
  // Nothing of this process's environment: a compile cache or a loader would be measured instead.
  const { stdout } = await run(process.execPath, ["--eval", program, file], { env: {} });
  return { wall: performance.now() - began, load: z.coerce.number().positive().parse(stdout) };
};

interface Candidate {
  readonly name: string;
  readonly file: string;
  readonly kilobytes: number;
  readonly starts: ColdStart[];
}

const figuresOf = (candidate: Candidate, empty: Candidate): readonly Figure[] => {
  const compared = (what: string, of: (start: ColdStart) => number): Figure => ({
    name: `${candidate.name}: ${what}`,
    unit: "ms",
    ours: median(candidate.starts.map(of)),
    rival: median(empty.starts.map(of)),
    ratio: pairedRatio(
      candidate.starts.map((start, round) => {
        const other = empty.starts[round];
        return [of(start), other === undefined ? null : of(other)];
      }),
    ),
  });
  return [
    {
      name: `${candidate.name}: bundle`,
      unit: "KB",
      ours: candidate.kilobytes,
      rival: empty.kilobytes,
      ratio: null,
    },
    compared("process, start to end", ({ wall }) => wall),
    compared("import", ({ load }) => load),
  ];
};

/** The deployed functions, bundled anew from the sources as they are, and a handler that does nothing. */
const candidatesIn = async (folder: string): Promise<readonly [empty: Candidate, ...Candidate[]]> => {
  const functions = join(import.meta.dirname, "../functions");
  const bundles = await bundleFunctions(functions, join(folder, "bundles"));
  const text = "exports.handler = async () => ({});\n";
  const file = join(folder, "empty.cjs");
  writeFileSync(file, text);
  return [
    { name: "empty handler", file, kilobytes: text.length / 1024, starts: [] },
    ...bundles.map(({ name, bytes }) => ({
      name,
      file: join(folder, "bundles", `${name}.cjs`),
      kilobytes: bytes / 1024,
      starts: [],
    })),
  ];
};

/** Row 14: each bundle and the empty handler, by turns, each time in a fresh process; the first round warms the disk. */
export const rowFourteen = async (rounds: number, progress: (line: string) => void): Promise<FiguresRow> => {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-"));
  try {
    const candidates = await candidatesIn(folder);
    progress(`${rounds} cold starts of ${candidates.length} bundles`);
    for (let round = 0; round <= rounds; round += 1) {
      const turn = round % candidates.length;
      for (const candidate of [...candidates.slice(turn), ...candidates.slice(0, turn)]) {
        const start = await coldStart(candidate.file);
        if (round > 0) candidate.starts.push(start);
      }
    }
    const [empty, ...bundles] = candidates;
    return {
      title: "Row 14. Cold start of each function",
      rival: "a handler that does nothing",
      figures: bundles.flatMap((bundle) => figuresOf(bundle, empty)),
      rounds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
