import type { LineSetting } from "./provider-line.ts";
import type { AskedJob } from "./exact-run.ts";

/** Calls a second that the connection allows in every case. */
export const ceiling = 100;

/** What is played, and how the provider is while it is. */
export interface ExactCase {
  readonly name: string;
  readonly words: string;
  readonly line: LineSetting;
  readonly jobs: readonly AskedJob[];
  /** Whether the suite plays it too; CI plays all of them by `npm run bench:bulk`. */
  readonly isInSuite: boolean;
}

const minute = 60_000;
/** As recorded; the provider lets through just what the connection allows. */
const recorded: LineSetting = {
  seed: 1,
  latency: { factor: 1 },
  speed: 1,
  rate: { perSecond: ceiling },
  shut: null,
};

const single = (servers: number): readonly AskedJob[] => [{ name: "job", servers, at: 0 }];

/** Ten jobs of five servers, one each seven seconds. */
const smallJobs: readonly AskedJob[] = Array.from({ length: 10 }, (_, index) => ({
  name: `small-${index + 1}`,
  servers: 5,
  at: 5000 + 7000 * index,
}));
const large: AskedJob = { name: "large", servers: 5000, at: 0 };
/** Servers that run as soon as they are told to: all that a job then lasts is waiting for its turn. */
const atOnce: LineSetting = { ...recorded, speed: 1_000_000 };

const plain = (servers: number, isInSuite: boolean): ExactCase => ({
  name: String(servers),
  words: `one job of ${servers}`,
  line: recorded,
  jobs: single(servers),
  isInSuite,
});

export const cases: readonly ExactCase[] = [
  plain(1, true),
  plain(100, true),
  plain(1000, false),
  plain(10_000, false),
  {
    name: "limited",
    words: "one job of 1000, the provider lets through 60 calls/s and answers 429 to the others",
    line: { ...recorded, rate: { perSecond: 60 } },
    jobs: single(1000),
    isInSuite: false,
  },
  {
    name: "outage",
    words: "one job of 200, the provider answers 429 to everything for 10 minutes",
    line: { ...recorded, shut: [2000, 2000 + 10 * minute] },
    jobs: single(200),
    isInSuite: true,
  },
  {
    name: "alone",
    words: "ten jobs of 5, with nothing beside them",
    line: recorded,
    jobs: smallJobs,
    isInSuite: false,
  },
  {
    name: "beside",
    words: "the same ten jobs beside one of 5000",
    line: recorded,
    jobs: [large, ...smallJobs],
    isInSuite: false,
  },
  {
    name: "alone, at once",
    words: "ten jobs of 5, servers run at once",
    line: atOnce,
    jobs: smallJobs,
    isInSuite: false,
  },
  {
    name: "beside, at once",
    words: "the same ten jobs beside one of 5000, servers run at once",
    line: atOnce,
    jobs: [large, ...smallJobs],
    isInSuite: false,
  },
];
