import type { Letter } from "./tally.ts";

/** Letters that an operation's end gives its item. */
export type EndLetter = Extract<Letter, "s" | "f" | "c" | "a">;

/** Why an item did not succeed, for the job's list of causes. */
export interface Why {
  readonly code: string;
  /** Without secrets; cut where it is long. */
  readonly message: string;
  /** Name of the item. */
  readonly name: string;
}

interface Of {
  /** Index of the item, from 0 on. */
  readonly item: number;
  /** The attempt that the mark is about: marks of an earlier one are left out. */
  readonly attempt: number;
}

/** What the runner has learnt of an item. Laid over a job as often as you like, it counts once. */
export type Mark =
  /** Its operation's row is in its started state, or is about to be. `at`: ms since the epoch. */
  | (Of & { readonly type: "started"; readonly at: number })
  /** Its operation has ended; `why` is missing only where it succeeded or was cancelled. */
  | (Of & {
      readonly type: "ended";
      readonly letter: EndLetter;
      readonly at: number;
      /** From its start; null where that is not known. */
      readonly seconds: number | null;
      readonly why: Why | null;
      /** What is paid for it from then on; left out: what the plan says an item costs. */
      readonly eurPerHour?: number | null;
    })
  /** Nothing is to be done for it (it exists, it is invalid): `why.code` says which. */
  | (Of & { readonly type: "skipped"; readonly why: Why })
  /** It has to wait for something (a zone that is out, a storage); it is not picked until it is freed. */
  | (Of & { readonly type: "blocked" })
  | (Of & { readonly type: "freed" })
  /**
   * Nothing was done, through no fault of the item (the provider took no key, the job was paused before it was sent):
   * pending again, with one attempt more; cancelled where the job begins nothing more.
   */
  | (Of & { readonly type: "returned"; readonly why: Why })
  /** A worker died over it, the `times`-th time; the third time it is set aside as poison. */
  | (Of & { readonly type: "crashed"; readonly times: number; readonly why: Omit<Why, "code"> })
  /** What it had made was removed again, because the job has stopped and rolls back. */
  | (Of & {
      readonly type: "removed";
      readonly at: number;
      readonly name: string;
      readonly eurPerHour?: number | null;
    });
