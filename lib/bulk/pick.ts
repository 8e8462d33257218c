/** A job of which an item could be begun, as far as turns are concerned. */
export interface Runnable {
  readonly id: string;
  /** 1 to 10: its share beside the others. */
  readonly priority: number;
  /** Items that could be begun now; blocked ones are none. */
  readonly pending: number;
  readonly running: number;
  /** Items that may run at the same time; null: any number. */
  readonly maxParallel: number | null;
  readonly createdAt: string;
}

interface Turn {
  /** Turns that it has had, each the smaller the higher its priority was. */
  readonly had: number;
  /** Of its last turn, or since when it waits for its first; ms since the epoch. */
  readonly at: number;
}

/** Who has had how many turns. Kept in memory: without it all begin as equals. */
export interface Turns {
  readonly jobs: ReadonlyMap<string, Turn>;
  /** What those that wait have had at least. Whoever comes anew begins there: nobody saves turns up. */
  readonly level: number;
}

export const noTurns: Turns = { jobs: new Map(), level: 0 };

/** Waiting for so many seconds is worth a priority higher by one. */
export const ageingSeconds = 10;
const highest = 10;

const isRunnable = ({ pending, running, maxParallel }: Runnable): boolean =>
  pending > 0 && (maxParallel === null || running < maxParallel);

interface Candidate extends Turn {
  readonly job: Runnable;
  /** What it will have had after the turn. */
  readonly after: number;
  /** The same, without the dust that short waits and binary fractions leave. The lowest has the turn. */
  readonly rank: number;
}

const candidate = (job: Runnable, { jobs, level }: Turns, now: number): Candidate => {
  const known = jobs.get(job.id);
  const had = Math.max(known?.had ?? level, level);
  const at = known?.at ?? now;
  const age = Math.max(0, now - at) / 1000 / ageingSeconds;
  const after = had + 1 / Math.min(highest, job.priority + age);
  return { job, had, at, after, rank: Math.round(after * 1000) };
};

/** Before others that are as far comes who has less to do; then who was there first. */
const before = (one: Candidate, other: Candidate): number => {
  if (one.rank !== other.rank) return one.rank - other.rank;
  if (one.job.pending !== other.job.pending) return one.job.pending - other.job.pending;
  if (one.job.createdAt !== other.job.createdAt) return one.job.createdAt < other.job.createdAt ? -1 : 1;
  return one.job.id < other.job.id ? -1 : 1;
};

/**
 * Which job begins an item next, by weighted turns: beside others each has at least its priority's share of them, who
 * comes later begins as an equal of those that wait longest, and who waits has a higher priority for its next turn.
 * Deterministic.
 *
 * @param now milliseconds since the epoch
 * @returns the job's id and the turns from then on; null when no job can begin anything
 */
export const pick = (
  jobs: readonly Runnable[],
  turns: Turns,
  now: number,
): { readonly job: string; readonly turns: Turns } | null => {
  const candidates = jobs.filter(isRunnable).map((job) => candidate(job, turns, now));
  const [first] = candidates.toSorted(before);
  if (first === undefined) return null;
  const level = Math.max(turns.level, Math.min(...candidates.map(({ had }) => had)));
  const present = new Set(jobs.map(({ id }) => id));
  const kept = [...turns.jobs].filter(([id]) => present.has(id));
  const waiting = candidates.map(({ job, had, at }) => [job.id, { had, at }] as const);
  const turn = [first.job.id, { had: first.after, at: now }] as const;
  return { job: first.job.id, turns: { jobs: new Map([...kept, ...waiting, turn]), level } };
};
