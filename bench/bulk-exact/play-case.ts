import { join } from "node:path";
import { localStage, readDeployment } from "../../local/deployment.ts";
import { ceiling, type ExactCase } from "./cases.ts";
import type { FunctionName } from "./exact-installation.ts";
import { play } from "./exact-run.ts";
import { type Figures, figuresOf } from "./figures.ts";

const deployedAs = { bulk: "bulk", run: "runBulkJobs", follow: "followOperations" } as const;

/** How long each function may take, as serverless.yml says. */
const timeouts = async (): Promise<Readonly<Record<FunctionName, number>>> => {
  const { functions } = await readDeployment(join(import.meta.dirname, "../../serverless.yml"), localStage);
  const of = (name: FunctionName): number => {
    const found = functions.find((deployed) => deployed.name === deployedAs[name]);
    if (found === undefined) throw new Error(`serverless.yml has no function ${deployedAs[name]}.`);
    return found.timeoutSeconds * 1000;
  };
  return { bulk: of("bulk"), run: of("run"), follow: of("follow") };
};

/** Plays a case to its end. */
export const playCase = async (played: ExactCase): Promise<Figures> => {
  const setting = { ...played.line, ratePerSecond: ceiling, timeouts: await timeouts() };
  return figuresOf(played, await play(setting, played.jobs));
};
