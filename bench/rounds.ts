import { type Asked, runOurs } from "./our-run.ts";
import { measure, type Run } from "./outcome.ts";
import { type ProviderProcess, type ProviderSetting, startProviderProcess } from "./provider-process.ts";
import type { Round } from "./report.ts";
import { runRival } from "./rival-run.ts";

/** The provider of all rows: its own limit, and how long each answer takes. */
export const provider = { latencyMilliseconds: 50, callsPerSecond: 100 } as const;
/** Our ceiling, a little below the provider's limit, as a user is told to set it. */
export const ourCallsPerSecond = 95;
/** Longer than the SDK's waiter waits (300 s): whatever has not ended by then is lost. */
const patienceMilliseconds = 400_000;

/** What both clients are to do, round by round. */
export interface Contest {
  readonly servers: number;
  readonly rounds: number;
  readonly seed: number;
  readonly speed: number;
  readonly rivalWritesAtOnce: number;
  /** How ours are asked for; `apart`: each server has a connection, or a client, of its own. */
  readonly asked: Asked;
  readonly progress: (line: string) => void;
}

const meeting = async (
  setting: ProviderSetting,
  run: (provider: ProviderProcess) => Promise<Run>,
): Promise<Run> => {
  const met = await startProviderProcess(setting);
  try {
    return await run(met);
  } finally {
    await met.stop();
  }
};

const ours = (contest: Contest, setting: ProviderSetting): Promise<Run> =>
  meeting(setting, (met) =>
    runOurs(
      {
        servers: contest.servers,
        ratePerSecond: ourCallsPerSecond,
        asked: contest.asked,
        patienceMilliseconds,
      },
      met,
    ),
  );

const rivals = (contest: Contest, setting: ProviderSetting): Promise<Run> =>
  meeting(setting, (met) =>
    runRival(
      {
        servers: contest.servers,
        writesAtOnce: contest.asked === "apart" ? contest.servers : contest.rivalWritesAtOnce,
        clientEach: contest.asked === "apart",
      },
      met,
    ),
  );

/** Runs the rounds one after the other; who goes first alternates, so that a machine that tires disfavours nobody. */
export const compete = async (contest: Contest): Promise<readonly Round[]> => {
  const rounds: Round[] = [];
  for (let number = 1; number <= contest.rounds; number += 1) {
    const setting: ProviderSetting = { ...provider, seed: contest.seed + number - 1, speed: contest.speed };
    const first = number % 2 === 1 ? "ours" : "rival";
    contest.progress(`round ${number} of ${contest.rounds}: ${contest.servers} servers, ${first} first`);
    const early = await (first === "ours" ? ours : rivals)(contest, setting);
    const late = await (first === "ours" ? rivals : ours)(contest, setting);
    const [our, rival] = first === "ours" ? [early, late] : [late, early];
    if (our.engines === null) throw new Error("Our run did not count its engines.");
    rounds.push({
      seed: setting.seed,
      first,
      ours: measure(our),
      rival: measure(rival),
      engines: our.engines,
    });
  }
  return rounds;
};
